import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import { LockStore } from './lock.store.js';

/** Longer than any write under such a lock takes (ms). If an instance dies amid one, others wait for this long. */
const LOCK_LIFE_MS = 10_000;
const RETRY_MS = 25;

/** Does short work that no other instance does at the same time. */
@Injectable()
export class UnderLocks {
  constructor(
    private readonly locks: LockStore,
    private readonly clock: Clock,
  ) {}

  /** Resolves to the result of `work`, done while nobody else holds any of the locks. */
  async do<Result>(what: string, keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const owner = `${what}/${newId(this.clock.now())}`;
    try {
      while ((await this.locks.acquire(keys, owner, LOCK_LIFE_MS)).size < keys.length) {
        // All locks or none: two that wait for each other's locks would wait for ever.
        await this.locks.release(keys, owner);
        await this.clock.sleep(RETRY_MS);
      }
      return await work();
    } finally {
      await this.locks.release(keys, owner).catch(() => undefined);
    }
  }
}
