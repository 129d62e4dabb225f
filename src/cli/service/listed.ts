import { everyItem } from '../../client/index.js';
import type { Terminal } from '../terminal/terminal.js';

/** The most that one page of a list has. */
const PAGE = 200;

type Page<Item> = Parameters<typeof everyItem<Item>>[0];

/** How a list asks for a page. */
export interface Asked {
  limit: number;
  cursor?: string;
}

/** The first items of a list, at most `limit`; where there are more, that is said. */
export async function listed<Item>(
  terminal: Terminal,
  limit: number,
  page: (asked: Asked) => ReturnType<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  const ask: Page<Item> = (cursor) =>
    page({ limit: Math.min(limit + 1 - items.length, PAGE), ...(cursor !== undefined && { cursor }) });
  for await (const item of everyItem(ask)) {
    items.push(item);
    if (items.length <= limit) continue;
    await terminal.say(`There are more; --limit shows more than ${limit}.`);
    return items.slice(0, limit);
  }
  return items;
}
