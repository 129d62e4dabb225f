/** The part of a list that a reader asks for, newest id first. */
export interface Page {
  /** Only items after this id. */
  after?: string | undefined;
  limit: number;
}

/**
 * A part of a list, and the position after which it continues; null at the end. A reader checks a bounded number of
 * items: a part may hold fewer items than requested, or none, although the list continues.
 */
export interface Listing<Item, Position = string> {
  items: Item[];
  next: Position | null;
}

/** The listing of items that are all known; one item beyond `limit` shows that the list continues. */
export const listingOf = <Item, Position>(
  items: readonly Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Listing<Item, Position> => ({
  items: items.slice(0, limit),
  next: items.length > limit ? positionOf(items[limit - 1]!) : null,
});

/**
 * Several lists by id as one, newest or oldest first; each item once. A list that goes on is known up to its place only:
 * what lies behind the first of these places comes with the next part.
 */
export function mergedById<Item extends { id: string }>(
  lists: readonly Listing<Item>[],
  limit: number,
  oldestFirst = false,
): Listing<Item> {
  const byId = (one: string, other: string): number => (one < other === oldestFirst ? -1 : 1);
  const [place = null] = lists.flatMap(({ next }) => next ?? []).sort(byId);
  const all = new Map(lists.flatMap(({ items }) => items.map((item) => [item.id, item] as const)));
  const items = [...all.values()].filter(({ id }) => place === null || id === place || byId(id, place) < 0);
  items.sort((one, other) => byId(one.id, other.id));
  if (items.length <= limit) return { items, next: place };
  return { items: items.slice(0, limit), next: items[limit - 1]!.id };
}

/** Reads parts of a list until `limit` items are found or the list ends. */
export async function filled<Item>(
  list: (page: Page) => Promise<Listing<Item>>,
  { after, limit }: Page,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let place = after; ;) {
    const { items: found, next } = await list({ after: place, limit: limit - items.length });
    items.push(...found);
    if (next === null || items.length >= limit) return items;
    place = next;
  }
}
