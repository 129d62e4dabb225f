import type { Clock } from '../clock/clock.js';
import { isolated } from './isolated.js';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Lets each batch wait for company for `batchMs`; without it a batch is what gathered during the write before. */
export const company = (clock: Clock, batchMs: number): { delay?: () => Promise<void> } =>
  batchMs > 0 ? { delay: () => clock.sleep(batchMs) } : {};

/**
 * Gathers what is to be written while a write is under way and writes it together, so that under load the cost of one
 * item is a fraction of a round trip, and when idle a single item waits for nothing.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private writing = false;
  /** The write under way, or being waited for. */
  private round: Promise<void> = Promise.resolve();
  private added = 0;
  private done = 0;

  constructor(
    /**
     * Writes a batch and resolves to one result per item, in order. Where that fails by fault of an item, the others are
     * written without it; that the store is away fails every item.
     */
    private readonly write: (items: Item[]) => Promise<Result[]>,
    private readonly options: {
      /** The largest batch. */
      limit: number;
      /** Waits for company before a batch is written; at once without it. A rejection is that of everything that waits. */
      delay?: () => Promise<void>;
    },
  ) {}

  /** Resolves once the item is written. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.added++;
      if (!this.writing) void this.drain();
    });
  }

  /** Resolves once everything added so far is written or has failed; what is added meanwhile is not waited for. */
  async settled(): Promise<void> {
    for (const last = this.added; this.done < last;) await this.round;
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      this.round = this.writeNext();
      await this.round;
    }
    this.writing = false;
  }

  private async writeNext(): Promise<void> {
    if (await this.hasWaited()) await this.writeBatch(this.waiting.splice(0, this.options.limit));
    this.done = this.added - this.waiting.length;
  }

  private async hasWaited(): Promise<boolean> {
    try {
      // Whatever is added in the same turn of the event loop goes into the first batch.
      await this.options.delay?.();
      return true;
    } catch (error) {
      for (const { reject } of this.waiting.splice(0)) reject(error);
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
      // Those that are written have their results already.
      for (const { reject } of batch) reject(error);
    }
  }
}
