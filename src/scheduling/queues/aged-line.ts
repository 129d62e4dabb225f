/** For each such period that it waits (ms), an item counts as one priority higher, so that none starves. */
const AGING_MS = 10_000;

/** An item that waits, how important it is, and since when. */
export interface Aging {
  /** 0 (lowest) to 9. */
  readonly priority: number;
  /** Since when the item waits (ms, by a clock that is never set). */
  readonly since: number;
  /** Its number among all that ever came: of two that came at the same time, the first one goes first. */
  readonly nth: number;
}

/**
 * Items in the order of their priorities, the highest first, and within a priority by how long they have waited. All
 * age alike, so that the order of two items never changes. Items may come back to where they were.
 */
export class AgedLine<Item extends Aging> {
  private readonly items: Item[] = [];

  get size(): number {
    return this.items.length;
  }

  add(item: Item): void {
    this.items.splice(this.placeOf(item), 0, item);
  }

  /** Removes the item; does nothing when it is not in the line. */
  remove(item: Item): void {
    const place = this.placeOf(item);
    if (this.items[place] === item) this.items.splice(place, 1);
  }

  /** The items in their order. They must not be changed meanwhile. */
  inOrder(): readonly Item[] {
    return this.items;
  }

  /** The index of the first item that does not come before this one. */
  private placeOf(item: Item): number {
    let [from, to] = [0, this.items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (comesBefore(this.items[middle]!, item)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const rankOf = ({ priority, since }: Aging): number => since - priority * AGING_MS;

function comesBefore(a: Aging, b: Aging): boolean {
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? a.nth < b.nth : first < second;
}
