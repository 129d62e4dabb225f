/** An item of a heap, in which the heap notes the item's place. */
export interface Placed {
  /** When the item is due (epoch ms). While the item is in a heap, `moved` has to follow each change. */
  readonly dueAt: number;
  /** Of items that are due at one instant, the one with the lowest turn goes first. */
  turn: number;
  /** Where the item is in its heap; without meaning while it is in none. */
  position: number;
}

const inTurn = (a: Placed, b: Placed): number => a.dueAt - b.dueAt || a.turn - b.turn;

/**
 * Items by the instant at which they are due, soonest first: a binary heap that notes in each item where it is, so that
 * it needs no memory of its own for an item. An item is in one such heap at a time.
 */
export class PlacedHeap<Item extends Placed> {
  private readonly items: Item[] = [];
  /** When the item at each place is due: to compare plain numbers is faster than to ask the items, time and again. */
  private readonly dues: number[] = [];
  private turns = 0;

  get size(): number {
    return this.items.length;
  }

  has(item: Item): boolean {
    return this.items[item.position] === item;
  }

  /** Adds an item that is in no heap. Turns grow with each item that is added or moved, unless a turn is given. */
  add(item: Item, turn = this.turns++): void {
    item.turn = turn;
    this.place(item, item.dueAt, this.items.length);
    this.rise(item.position);
  }

  /** Brings an item of the heap to its place after its due instant has changed. */
  moved(item: Item, turn = this.turns++): void {
    item.turn = turn;
    this.dues[item.position] = item.dueAt;
    this.sink(this.rise(item.position));
  }

  /** Removes an item; returns whether it was here. */
  remove(item: Item): boolean {
    if (!this.has(item)) return false;
    const { position } = item;
    const last = this.items.pop()!;
    const due = this.dues.pop()!;
    if (last !== item) {
      this.place(last, due, position);
      this.sink(this.rise(position));
    }
    return true;
  }

  /** When the soonest item is due (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.dues[0];
  }

  /** The soonest item; undefined when there is none. */
  first(): Item | undefined {
    return this.items[0];
  }

  /** Takes out the soonest item if it is due at or before `instant`. */
  pop(instant: number): Item | undefined {
    const first = this.items[0];
    if (!first || this.dues[0]! > instant) return undefined;
    this.remove(first);
    return first;
  }

  /** Takes out the items that are due at or before `instant`, soonest first, up to `most`. */
  popDue(instant: number, most = Number.POSITIVE_INFINITY): Item[] {
    const due: Item[] = [];
    while (due.length < most) {
      const first = this.pop(instant);
      if (!first) break;
      due.push(first);
    }
    return due;
  }

  /** Keeps the soonest items up to the first one that is not `wanted`; removes the others and returns them, in order. */
  keep(wanted: (item: Item, place: number) => boolean): Item[] {
    const kept = this.items.toSorted(inTurn);
    const end = kept.findIndex((item, place) => !wanted(item, place));
    const removed = end < 0 ? [] : kept.splice(end);
    this.clear();
    // A sorted list is a heap.
    for (const [position, item] of kept.entries()) this.place(item, item.dueAt, position);
    return removed;
  }

  values(): readonly Item[] {
    return this.items;
  }

  clear(): void {
    this.items.length = 0;
    this.dues.length = 0;
  }

  private place(item: Item, due: number, position: number): void {
    this.items[position] = item;
    this.dues[position] = due;
    item.position = position;
  }

  private rise(from: number): number {
    const item = this.items[from]!;
    const due = this.dues[from]!;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.isAfter(parent, due, item.turn)) break;
      this.place(this.items[parent]!, this.dues[parent]!, position);
      position = parent;
    }
    this.place(item, due, position);
    return position;
  }

  private sink(from: number): void {
    const item = this.items[from]!;
    const due = this.dues[from]!;
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.items.length) break;
      const right = child + 1;
      if (right < this.items.length && this.isAfter(child, this.dues[right]!, this.items[right]!.turn)) child = right;
      if (this.isAfter(child, due, item.turn)) break;
      this.place(this.items[child]!, this.dues[child]!, position);
      position = child;
    }
    this.place(item, due, position);
  }

  /** Whether the item at this place comes after one that is due at `due` in its turn. */
  private isAfter(position: number, due: number, turn: number): boolean {
    const own = this.dues[position]!;
    return own > due || (own === due && this.items[position]!.turn > turn);
  }
}
