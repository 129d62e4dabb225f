/** Something that is due and waits for a free place. */
export interface Ready<Item> {
  key: string;
  organization: string;
  /** 0 (lowest) to 9. */
  priority: number;
  /** Since when it waits (epoch ms). */
  since: number;
  item: Item;
}

/** For each such time that it waits, an item counts as one priority higher, so that none starves. */
const AGING_MS = 10_000;
const HIGHEST = 9;

/** A waiting line per organization within one priority; the organizations take turns. */
class Line<Item> {
  private readonly organizations = new Map<string, Ready<Item>[]>();

  push(ready: Ready<Item>): void {
    const waiting = this.organizations.get(ready.organization);
    if (waiting) waiting.push(ready);
    else this.organizations.set(ready.organization, [ready]);
  }

  /** Takes out the next item that `counts`; what does not is thrown away and costs nobody a turn. */
  shift(counts: (ready: Ready<Item>) => boolean): Ready<Item> | undefined {
    for (const [organization, waiting] of this.organizations) {
      let first = waiting.shift();
      while (first && !counts(first)) first = waiting.shift();
      // Whoever had a turn goes to the end of the line.
      this.organizations.delete(organization);
      if (waiting.length > 0) this.organizations.set(organization, waiting);
      if (first) return first;
    }
    return undefined;
  }

  /** Takes out what has waited since `since` or longer. */
  takeAged(since: number): Ready<Item>[] {
    const aged: Ready<Item>[] = [];
    for (const [organization, waiting] of this.organizations) {
      const young = waiting.filter((ready) => ready.since > since || !aged.push(ready));
      if (young.length > 0) this.organizations.set(organization, young);
      else this.organizations.delete(organization);
    }
    return aged;
  }
}

/**
 * What is due and has no place yet. The highest priority goes first, within a priority the organizations take turns,
 * within an organization the first come.
 */
export class ReadyQueue<Item> {
  private readonly lines = Array.from({ length: HIGHEST + 1 }, () => new Line<Item>());
  private readonly waiting = new Map<string, Item>();
  private lastAging = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.waiting.size;
  }

  has(key: string): boolean {
    return this.waiting.has(key);
  }

  get(key: string): Item | undefined {
    return this.waiting.get(key);
  }

  /** Adds an item unless one of its key waits already. */
  push(ready: Ready<Item>): void {
    if (this.waiting.has(ready.key)) return;
    this.waiting.set(ready.key, ready.item);
    this.lines[ready.priority]!.push(ready);
  }

  /** Takes out up to `count` items, in their order at the instant `now` (epoch ms). */
  take(count: number, now: number): Item[] {
    this.age(now);
    const taken: Item[] = [];
    for (let priority = HIGHEST; priority >= 0; priority--) {
      const line = this.lines[priority]!;
      while (taken.length < count) {
        // What was dropped, and perhaps came back since, is passed over.
        const ready = line.shift(({ key, item }) => this.waiting.has(key) && this.waiting.get(key) === item);
        if (!ready) break;
        this.waiting.delete(ready.key);
        taken.push(ready.item);
      }
    }
    return taken;
  }

  /** Forgets the item of this key. */
  drop(key: string): void {
    this.waiting.delete(key);
  }

  clear(): void {
    this.take(Number.POSITIVE_INFINITY, 0);
  }

  private age(now: number): void {
    // The absolute value, or a wall clock that was set back would end all aging until it has caught up.
    if (Math.abs(now - this.lastAging) < AGING_MS / 10) return;
    this.lastAging = now;
    // Upwards, so that what has waited for long rises by several at once.
    for (let priority = 0; priority < HIGHEST; priority++) {
      for (const ready of this.lines[priority]!.takeAged(now - AGING_MS)) {
        this.lines[priority + 1]!.push({ ...ready, priority: priority + 1, since: ready.since + AGING_MS });
      }
    }
  }
}
