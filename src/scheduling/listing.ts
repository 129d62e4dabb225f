/** A stretch of a list, newest id first. */
export interface Page {
  /** Only what comes after this id. */
  after?: string | undefined;
  limit: number;
}

/**
 * A stretch of a list, and the position after which it goes on; null at the end. A reader looks at a bounded number of
 * items, so that a stretch may hold fewer than were asked for, or none, and go on all the same.
 */
export interface Listing<Item, Position = string> {
  items: Item[];
  next: Position | null;
}

/** The listing of items that are all known, of which one more than asked for tells that it goes on. */
export const listingOf = <Item, Position>(
  items: readonly Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Listing<Item, Position> => ({
  items: items.slice(0, limit),
  next: items.length > limit ? positionOf(items[limit - 1]!) : null,
});

/** As many items as were asked for, in as many looks as that takes. */
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
