interface Placed<Item> {
  item: Item;
  /** Its number, counted from 1 over all items ever added. */
  number: number;
}

/**
 * Waiting items of several parties. Each batch takes as many of each party as of any other, and those of a party in
 * their order.
 */
export class WaitingLine<Item> {
  /** The waiting items of each party; the party whose turn is next comes first. */
  private readonly parties = new Map<string, Placed<Item>[]>();
  private came = 0;
  private waiting = 0;

  get size(): number {
    return this.waiting;
  }

  /** The number of the item that was added last. */
  get last(): number {
    return this.came;
  }

  push(party: string, item: Item): void {
    this.waiting++;
    const placed = { item, number: ++this.came };
    const line = this.parties.get(party);
    if (line) line.push(placed);
    else this.parties.set(party, [placed]);
  }

  /** Takes out up to `count` items. */
  take(count: number): Item[] {
    const taken: Item[] = [];
    while (taken.length < count && this.parties.size > 0) {
      const part = Math.max(1, Math.floor((count - taken.length) / this.parties.size));
      for (const party of [...this.parties.keys()].slice(0, count - taken.length)) {
        for (const { item } of this.takeOf(party, part)) taken.push(item);
      }
    }
    this.waiting -= taken.length;
    return taken;
  }

  /** Whether an item with this number or a lower one still waits. */
  holdsUntil(number: number): boolean {
    for (const [first] of this.parties.values()) if (first!.number <= number) return true;
    return false;
  }

  private takeOf(party: string, count: number): Placed<Item>[] {
    const line = this.parties.get(party)!;
    this.parties.delete(party);
    if (count >= line.length) return line;
    const part = line.splice(0, count);
    this.parties.set(party, line);
    return part;
  }
}
