import type { Clock } from '../clock/clock.js';

/** How long a batch may take while others may wait for its end (ms). */
const TARGET_MS = 15;
/** The smallest bound: smaller batches cost more than they give. Their times say little about the time of an item. */
const LEAST = 100;
/** How long an item takes until that is measured (ms). */
const UNMEASURED_MS = 0.06;
/** How much the latest batch counts. */
const LATEST = 0.3;

/**
 * Bounds the size of batches while others are here, so that nobody waits for long for the end of a batch under way. The
 * bound follows the time that an item takes. Who is alone has batches as large as they may be.
 */
export class Pace {
  private itemMs = UNMEASURED_MS;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly isShared: () => boolean,
  ) {}

  /** How many items the next batch may have, of `most`. */
  limit(most: number): number {
    if (!this.isShared()) return most;
    return Math.min(most, Math.max(LEAST, Math.floor(TARGET_MS / this.itemMs)));
  }

  /** Does the work for so many items, and measures it. */
  async measured<Result>(count: number, work: () => Promise<Result>): Promise<Result> {
    const since = this.clock.monotonic();
    const result = await work();
    if (count >= LEAST) this.itemMs += LATEST * ((this.clock.monotonic() - since) / count - this.itemMs);
    return result;
  }
}
