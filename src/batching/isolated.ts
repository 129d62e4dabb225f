import { StoreUnavailableError } from '../domain/errors.js';

/**
 * Does the work for all items together. If it fails while the store is available, the work is repeated for each half,
 * and so on, until the items that fail on their own are found: each of these gets the result that `failed` makes of its
 * error.
 */
export async function isolated<Item, Result>(
  items: readonly Item[],
  work: (items: Item[]) => Promise<Result[]>,
  failed: (item: Item, error: unknown) => Result,
): Promise<Result[]> {
  if (items.length === 0) return [];
  try {
    return await work([...items]);
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    if (items.length === 1) return [failed(items[0]!, error)];
    const middle = items.length >> 1;
    const first = await isolated(items.slice(0, middle), work, failed);
    return [...first, ...(await isolated(items.slice(middle), work, failed))];
  }
}
