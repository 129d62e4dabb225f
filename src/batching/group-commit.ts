import type { Clock } from '../clock/clock.js';
import { isolated } from './isolated.js';
import type { Pace } from './pace.js';
import { WaitingLine } from './waiting-line.js';

interface Waiting<Item, Result> {
  item: Item;
  /** Its size, where a batch is bounded by that. */
  bytes: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** How many items are taken at a time where they may be large. */
const STEP = 50;

/** Makes each batch wait `batchMs` for more items; with 0, a batch is what gathered during the previous write. */
export const company = (clock: Clock, batchMs: number): { delay?: () => Promise<void> } =>
  batchMs > 0 ? { delay: () => clock.sleep(batchMs) } : {};

/**
 * Gathers items during a write and writes them together. Under load, an item costs a fraction of a round trip; when
 * idle, a single item does not wait. When more items wait than fit in a batch, the parties take turns.
 */
export class GroupCommit<Item, Result> {
  private readonly waiting = new WaitingLine<Waiting<Item, Result>>();
  private writing = false;
  /** The current write, or the wait before it. */
  private round: Promise<void> = Promise.resolve();

  constructor(
    /**
     * Writes a batch and resolves to one result per item, in order. If an item makes the write fail, the others are
     * written without it; if the store is unavailable, all items fail.
     */
    private readonly write: (items: Item[]) => Promise<Result[]>,
    private readonly options: {
      /** Maximum size of a batch. */
      limit: number;
      /** Bounds a batch further while others are here. */
      pace?: Pace;
      /** Maximum bytes of a batch, beyond its last item, where items may be large. */
      bytes?: { most: number; of: (item: Item) => number };
      /**
       * Waits for more items before a batch is written; without it, no wait. Its rejection rejects all waiting items.
       */
      delay?: () => Promise<void>;
      /** Names the party of an item; without it, all items belong to one party. */
      partyOf?: (item: Item) => string;
    },
  ) {}

  /** Resolves once the item is written. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const { partyOf, bytes } = this.options;
      this.waiting.push(partyOf?.(item) ?? '', { item, bytes: bytes?.of(item) ?? 0, resolve, reject });
      if (!this.writing) void this.drain();
    });
  }

  /** Resolves once everything added so far is written or has failed; does not wait for items added later. */
  async settled(): Promise<void> {
    const { last } = this.waiting;
    do await this.round;
    while (this.waiting.holdsUntil(last));
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.size > 0) {
      this.round = this.writeNext();
      await this.round;
    }
    this.writing = false;
  }

  private async writeNext(): Promise<void> {
    if (!(await this.hasWaited())) return;
    const { pace } = this.options;
    const taken = this.takeNext();
    const write = async () => {
      for (const part of this.partsOf(taken)) await this.writeBatch(part);
    };
    await (pace ? pace.measured(taken.length, write) : write());
  }

  /** What goes into the next batch: no more than it may hold, so that what comes meanwhile has its turn after it. */
  private takeNext(): Waiting<Item, Result>[] {
    const { limit, pace, bytes } = this.options;
    const most = pace?.limit(limit) ?? limit;
    if (!bytes) return this.waiting.take(most);
    const taken: Waiting<Item, Result>[] = [];
    for (let sum = 0; sum < bytes.most && taken.length < most && this.waiting.size > 0;) {
      for (const each of this.waiting.take(Math.min(STEP, most - taken.length))) {
        taken.push(each);
        sum += each.bytes;
      }
    }
    return taken;
  }

  /** Divides what was taken by its bytes. */
  private partsOf(taken: Waiting<Item, Result>[]): Waiting<Item, Result>[][] {
    const { bytes } = this.options;
    if (!bytes) return [taken];
    const parts: Waiting<Item, Result>[][] = [];
    let part: Waiting<Item, Result>[] = [];
    let sum = 0;
    for (const each of taken) {
      if (part.length === 0 || sum >= bytes.most) {
        parts.push((part = []));
        sum = 0;
      }
      part.push(each);
      sum += each.bytes;
    }
    return parts;
  }

  private async hasWaited(): Promise<boolean> {
    try {
      // Items added in the same turn of the event loop all join the first batch.
      await this.options.delay?.();
      return true;
    } catch (error) {
      for (const { reject } of this.waiting.take(this.waiting.size)) reject(error);
      return false;
    }
  }

  private async writeBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      await isolated(
        batch,
        async (part) => {
          const results = await this.write(part.map(({ item }) => item));
          part.forEach(({ resolve }, index) => resolve(results[index] as Result));
          return [];
        },
        ({ reject }, error) => reject(error),
      );
    } catch (error) {
      // Items that were written have their results already.
      for (const { reject } of batch) reject(error);
    }
  }
}
