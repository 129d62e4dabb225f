import { FairLine, type Ready } from './fair-line.js';

export type { Ready };

/** For each such time that it waits, an item counts as one priority higher, so that none starves. */
const AGING_MS = 10_000;
const HIGHEST = 9;

/** Says of which organizations something may be taken out, and hears of what was. */
interface Admission {
  admits(organization: string): boolean;
  take(organization: string): void;
}

/**
 * What is due and has no place yet. The highest priority goes first, within a priority the organizations take turns
 * by their weight, within an organization the first come.
 */
export class ReadyQueue<Item> {
  private readonly lines: FairLine<Item>[];
  private readonly waiting = new Map<string, Ready<Item>>();
  private readonly counts = new Map<string, number>();
  private lastAging = Number.NEGATIVE_INFINITY;

  /** `weightOf` says how many turns an organization gets for each of another one's; by default as many. */
  constructor(weightOf: (organization: string) => number = () => 1) {
    this.lines = Array.from({ length: HIGHEST + 1 }, () => new FairLine<Item>(weightOf));
  }

  get size(): number {
    return this.waiting.size;
  }

  has(key: string): boolean {
    return this.waiting.has(key);
  }

  get(key: string): Item | undefined {
    return this.waiting.get(key)?.item;
  }

  values(): Item[] {
    return [...this.waiting.values()].map(({ item }) => item);
  }

  /** How many items of the organization wait. */
  countOf(organization: string): number {
    return this.counts.get(organization) ?? 0;
  }

  /** Each organization of which something waits, with the number. */
  organizations(): ReadonlyMap<string, number> {
    return this.counts;
  }

  /** Adds an item unless one of its key waits already. */
  push(ready: Ready<Item>): void {
    if (this.waiting.has(ready.key)) return;
    this.waiting.set(ready.key, ready);
    this.counts.set(ready.organization, this.countOf(ready.organization) + 1);
    this.lines[ready.priority]!.push(ready);
  }

  /**
   * Takes out up to `count` items, in their order at the instant `now` (epoch ms), of organizations to which `admit` gives
   * a place; it is asked before each item.
   */
  take(count: number, now: number, admit: Admission = { admits: () => true, take: () => undefined }): Item[] {
    this.age(now);
    const taken: Item[] = [];
    for (let priority = HIGHEST; priority >= 0; priority--) {
      const line = this.lines[priority]!;
      while (taken.length < count) {
        // What was dropped, and perhaps came back since, is passed over.
        const counts = ({ key, item }: Ready<Item>) => this.waiting.get(key)?.item === item;
        const ready = line.shift(counts, (organization) => admit.admits(organization));
        if (!ready) break;
        this.drop(ready.key);
        admit.take(ready.organization);
        taken.push(ready.item);
      }
    }
    return taken;
  }

  /** Forgets the item of this key. */
  drop(key: string): void {
    const ready = this.waiting.get(key);
    if (!ready) return;
    this.waiting.delete(key);
    const left = this.countOf(ready.organization) - 1;
    if (left > 0) this.counts.set(ready.organization, left);
    else this.counts.delete(ready.organization);
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
