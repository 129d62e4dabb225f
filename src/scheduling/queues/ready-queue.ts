import { FairLine, type Ready as Entered } from './fair-line.js';

/** Something that waits for a slot: for whom, since when, and how important it is. */
export interface Ready<Item> {
  key: string;
  organization: string;
  /** 0 (lowest) to 9. */
  priority: number;
  /** Since when the item waits (ms, by a clock that is never set). */
  since: number;
  /** How much memory the item takes. */
  bytes?: number;
  /** How much memory it will take once it goes on, if that is more. */
  weight?: number;
  item: Item;
}

/** Decides, while items are taken out, from which organizations, and is told of each item that was. */
export interface Admission<Item> {
  /** Whether anything more may be taken out; by default it may. */
  goesOn?(): boolean;
  /** Once an organization is refused, it stays refused until the end of the call. */
  admits(organization: string): boolean;
  take(item: Item, bytes: number, since: number): void;
}

interface Entry<Item> extends Entered {
  readonly key: string;
  readonly bytes: number;
  readonly weight: number;
  readonly item: Item;
}

/**
 * Due items that have no slot yet. The organizations take turns by their weights, whatever priorities they give; within
 * an organization, the highest priority goes first, and within a priority whatever has waited longest.
 */
export class ReadyQueue<Item> {
  private readonly line: FairLine<Entry<Item>>;
  private readonly waiting = new Map<string, Entry<Item>>();
  private readonly counts = new Map<string, number>();
  private readonly bytesBy = new Map<string, number>();
  private held = 0;

  /**
   * `weightOf` gives the number of turns of an organization for each turn of one with weight 1; by default all have
   * equal turns.
   */
  constructor(weightOf: (organization: string) => number = () => 1) {
    this.line = new FairLine<Entry<Item>>(weightOf);
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

  /** The items; of more than `most`, those that came first. */
  values(most = Infinity): Item[] {
    const values: Item[] = [];
    for (const { item } of this.waiting.values()) {
      if (values.length >= most) break;
      values.push(item);
    }
    return values;
  }

  /** How many items of the organization wait. */
  countOf(organization: string): number {
    return this.counts.get(organization) ?? 0;
  }

  /** The bytes of all waiting items; `bytesOf` gives those of one organization. */
  get bytes(): number {
    return this.held;
  }

  bytesOf(organization: string): number {
    return this.bytesBy.get(organization) ?? 0;
  }

  /** Each organization with waiting items, and their number. */
  organizations(): ReadonlyMap<string, number> {
    return this.counts;
  }

  /** Adds an item that came after all others, unless one with its key is already waiting. */
  push({ key, organization, priority, since, bytes = 0, weight = bytes, item }: Ready<Item>): void {
    if (this.waiting.has(key)) return;
    const entry = { key, organization, priority, since, bytes, weight, item, isGone: false };
    this.waiting.set(key, entry);
    this.counts.set(organization, this.countOf(organization) + 1);
    this.weigh(organization, bytes);
    this.line.push(entry);
  }

  /**
   * Takes out up to `count` items, in their order, of organizations to which `admit` gives a slot; it is asked before
   * each item.
   */
  take(count: number, admit: Admission<Item> = { admits: () => true, take: () => undefined }): Item[] {
    const taken: Item[] = [];
    this.line.take({
      goesOn: () => taken.length < count && (admit.goesOn?.() ?? true),
      admits: (organization) => admit.admits(organization),
      take: (entry) => {
        this.forget(entry);
        admit.take(entry.item, entry.weight, entry.since);
        taken.push(entry.item);
      },
    });
    return taken;
  }

  /** Forgets the item with this key. */
  drop(key: string): void {
    const entry = this.waiting.get(key);
    if (!entry) return;
    this.line.remove(entry);
    this.forget(entry);
  }

  clear(): void {
    this.take(Number.POSITIVE_INFINITY);
  }

  private forget({ key, organization, bytes }: Entry<Item>): void {
    this.waiting.delete(key);
    this.weigh(organization, -bytes);
    const left = this.countOf(organization) - 1;
    if (left > 0) this.counts.set(organization, left);
    else this.counts.delete(organization);
  }

  private weigh(organization: string, bytes: number): void {
    const own = this.bytesOf(organization) + bytes;
    this.held += bytes;
    if (own > 0) this.bytesBy.set(organization, own);
    else this.bytesBy.delete(organization);
  }
}
