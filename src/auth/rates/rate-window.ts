import { boundedCache } from '../../domain/bounded-cache.js';
import type { Clock } from '../../clock/clock.js';

const WINDOW_MS = 60_000;
/** Beyond this number of keys, the least recently seen one starts again: the memory stays bounded. */
const MOST_KNOWN = 100_000;

/** What remains of somebody's minute. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Whole seconds until the full limit is available again. */
  resetS: number;
  isExceeded: boolean;
}

interface Count {
  used: number;
  endsAt: number;
}

/**
 * Counts events by key within a minute, which starts with the first event. On this instance only: each of several
 * instances allows the same number.
 */
export class RateWindow {
  private readonly counts = boundedCache<Count>(MOST_KNOWN);

  constructor(
    /** How many a key may have in its minute now. */
    private readonly limit: () => number,
    private readonly clock: Clock,
  ) {}

  /** Counts one more; `isExceeded` tells whether it is one too many. */
  count(key: string): Allowance {
    const count = this.current(key);
    count.used++;
    this.counts.set(key, count);
    return this.allowance(count, count.used > this.limit());
  }

  /** What remains, without counting; `isExceeded` tells whether one more would be too many. */
  look(key: string): Allowance {
    const count = this.current(key);
    return this.allowance(count, count.used >= this.limit());
  }

  private current(key: string): Count {
    const now = this.clock.monotonic();
    const known = this.counts.get(key);
    return known && known.endsAt > now ? known : { used: 0, endsAt: now + WINDOW_MS };
  }

  private allowance({ used, endsAt }: Count, isExceeded: boolean): Allowance {
    const resetS = Math.ceil((endsAt - this.clock.monotonic()) / 1000);
    const limit = this.limit();
    return { limit, remaining: Math.max(0, limit - used), resetS, isExceeded };
  }
}
