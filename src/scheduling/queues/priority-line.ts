/** For each such period that it waits (ms), an item counts as one priority higher, so that none starves. */
const AGING_MS = 10_000;
/** How many items that are gone a line may keep before it is copied, which happens when they are half of it. */
const MOST_GONE = 1000;

/** An item that waits, how important it is, and since when. */
export interface Waiting {
  /** 0 (lowest) to 9. */
  readonly priority: number;
  /** Since when the item waits (ms, by a clock that is never set). */
  readonly since: number;
  /** Whether the item was removed; only the line sets it. */
  isGone: boolean;
}

/** Items of one priority in the order in which they came; those before `first` are gone. */
interface Row<Item> {
  items: Item[];
  first: number;
}

/**
 * Items in the order of their priorities, the highest first, and within a priority first come, first served. Whatever
 * waits ages alike, so that the order of two items never changes.
 */
export class PriorityLine<Item extends Waiting> {
  /** By priority. */
  private readonly rows: (Row<Item> | undefined)[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Adds an item that came after all others. */
  push(item: Item): void {
    const row = (this.rows[item.priority] ??= { items: [], first: 0 });
    row.items.push(item);
    this.count++;
  }

  /** Removes an item of the line, unless that was done before. */
  remove(item: Item): void {
    if (item.isGone) return;
    item.isGone = true;
    this.count--;
  }

  /** Takes out the first item; undefined when there is none. */
  shift(): Item | undefined {
    let first: Item | undefined;
    for (const row of this.rows) {
      const item = row && frontOf(row);
      if (item && (!first || rankOf(item) <= rankOf(first))) first = item;
    }
    if (first) this.remove(first);
    return first;
  }
}

const rankOf = ({ priority, since }: Waiting): number => since - priority * AGING_MS;

function frontOf<Item extends Waiting>(row: Row<Item>): Item | undefined {
  while (row.items[row.first]?.isGone) advance(row);
  return row.items[row.first];
}

/** Passes over the first item. Taking it out of a long array would move all the others. */
function advance<Item>(row: Row<Item>): void {
  row.first++;
  if (row.first < MOST_GONE || row.first * 2 < row.items.length) return;
  row.items = row.items.slice(row.first);
  row.first = 0;
}
