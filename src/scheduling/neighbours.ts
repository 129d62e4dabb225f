import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InstanceStore } from '../cluster/instance.store.js';
import { LockManager } from '../locking/lock-manager.js';

/** How long others may take to notice an instance that is new. */
const INTRODUCTION_MS = 5000;

/** Knows whether other instances work on the same store, as of the last look. */
@Injectable()
export class Neighbours {
  private alive = true;
  private known = new Set<string>();
  private lastArrival: number;

  constructor(
    private readonly instances: InstanceStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
  ) {
    this.lastArrival = clock.monotonic();
  }

  /** Whether there are any; true while that is not known. */
  get any(): boolean {
    return this.alive;
  }

  /** Whether this instance or another one came so lately that they may not know of each other. */
  get unsettled(): boolean {
    return this.clock.monotonic() < this.lastArrival + INTRODUCTION_MS;
  }

  /** Looks who is there. @throws StoreUnavailableError */
  async look(): Promise<void> {
    const others = (await this.instances.list()).map(({ id }) => id).filter((id) => id !== this.locks.owner);
    const dead = new Set(await this.locks.deadAmong(others));
    const living = others.filter((id) => !dead.has(id));
    if (living.some((id) => !this.known.has(id))) this.lastArrival = this.clock.monotonic();
    this.known = new Set(living);
    this.alive = living.length > 0;
  }
}
