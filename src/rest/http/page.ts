import type { Page } from '../../scheduling/ports/task.reads.js';
import { BY_ID, ListPlace, type ListQuery } from './cursor.js';
import { wholeNumber } from './numbers.js';

/** How many items a page holds at most, and by itself. */
export const MOST_ITEMS = 200;
export const limitSchema = wholeNumber(1, MOST_ITEMS, 50);

/** One page of a list, and where the next one begins; null at the end. */
export interface ListPage<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** A page of the list with this name. The cursors name the ids of its items. @throws InvalidInputError */
export async function pageOf<Item extends { id: string }>(
  name: string,
  query: ListQuery,
  list: (page: Page) => Promise<Item[]>,
): Promise<ListPage<Item>> {
  const place = new ListPlace(BY_ID, name, query);
  // One item more than the page holds shows whether there is a next page.
  const items = await list({ after: place.after, limit: query.limit + 1 });
  return cutPage(items, query.limit, ({ id }) => place.cursorAt(id));
}

/** The first `limit` of the items as a page. */
export function cutPage<Item>(items: Item[], limit: number, cursorAt: (item: Item) => string): ListPage<Item> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last !== undefined ? cursorAt(last) : null };
}
