import type { LRUCache } from 'lru-cache';
import { boundedCache } from '../domain/bounded-cache.js';

/** Says for many things, each under its key, when it is time for what need not be done each time. */
export class NowAndThen {
  private readonly since: LRUCache<string, number>;

  /** It is time after each `every` steps of a key, and at its first one; `most` keys are remembered. */
  constructor(
    private readonly every: number,
    most: number,
  ) {
    this.since = boundedCache(most);
  }

  /** Counts `steps` of the key; whether it is time. */
  isTime(key: string, steps = 1): boolean {
    // One that is not known here may have had many before.
    const since = (this.since.get(key) ?? this.every) + steps;
    const isTime = since >= this.every;
    this.since.set(key, isTime ? 0 : since);
    return isTime;
  }
}
