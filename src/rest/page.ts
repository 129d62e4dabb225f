import { z } from 'zod';
import type { Page } from '../scheduling/task.store.js';
import { toCursor } from './cursor.js';

const LIMIT = 'must be a whole number from 1 to 200';

/** How many items a page holds. */
export const limitSchema = z.coerce.number({ error: LIMIT }).int(LIMIT).min(1, LIMIT).max(200, LIMIT).default(50);

/** A stretch of a list, and where the next one begins; null at the end. */
export interface ListPage<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Asks for one item more than the page holds, which tells whether there is a next page. */
export async function pageOf<Item>(
  query: { limit: number; cursor?: string | undefined },
  list: (page: Page) => Promise<Item[]>,
  positionOf: (item: Item) => string,
): Promise<ListPage<Item>> {
  const items = await list({ after: query.cursor, limit: query.limit + 1 });
  return cutPage(items, query.limit, positionOf);
}

/** The first `limit` of the items as a page. */
export function cutPage<Item>(items: Item[], limit: number, positionOf: (item: Item) => string): ListPage<Item> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last !== undefined ? toCursor(positionOf(last)) : null };
}
