import { StoreUnavailableError } from '../domain/errors.js';

/**
 * Does the work for one item after the other: what fails for one is told to `failed`, and the next ones have their turn.
 * @throws StoreUnavailableError, which is no item's fault
 */
export async function eachAlone<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
  failed: (item: Item, error: unknown) => unknown,
): Promise<void> {
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      await failed(item, error);
    }
  }
}
