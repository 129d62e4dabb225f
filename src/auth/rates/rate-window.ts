import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock/clock.js';

const WINDOW_MS = 60_000;
/** Beyond so many, whoever was not seen for longest begins anew: what is remembered stays bounded. */
const MOST_KNOWN = 100_000;

/** What is left of somebody's minute. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Whole seconds until all of it is there again. */
  resetS: number;
  isExceeded: boolean;
}

interface Count {
  used: number;
  endsAt: number;
}

/**
 * Counts by key what happens within a minute, which begins with the first of it. On this instance alone: each of several
 * instances allows as much.
 */
export class RateWindow {
  private readonly counts = new LRUCache<string, Count>({ max: MOST_KNOWN });

  constructor(
    readonly limit: number,
    private readonly clock: Clock,
  ) {}

  /** Counts one more; `isExceeded` tells whether it is one too many. */
  count(key: string): Allowance {
    const count = this.current(key);
    count.used++;
    this.counts.set(key, count);
    return this.allowance(count, count.used > this.limit);
  }

  /** What is left without counting; `isExceeded` tells whether one more would be too many. */
  look(key: string): Allowance {
    const count = this.current(key);
    return this.allowance(count, count.used >= this.limit);
  }

  private current(key: string): Count {
    const now = this.clock.monotonic();
    const known = this.counts.get(key);
    return known && known.endsAt > now ? known : { used: 0, endsAt: now + WINDOW_MS };
  }

  private allowance({ used, endsAt }: Count, isExceeded: boolean): Allowance {
    const resetS = Math.ceil((endsAt - this.clock.monotonic()) / 1000);
    return { limit: this.limit, remaining: Math.max(0, this.limit - used), resetS, isExceeded };
  }
}
