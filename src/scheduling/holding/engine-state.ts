import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { LockManager } from '../../locking/lock-manager.js';

/** How long after it was given up here a write may still arrive at the store (ms). */
const DOUBT_MS = 10_000;

/** Whether this instance takes up work at present. */
@Injectable()
export class EngineState {
  private started = false;
  private doubtfulUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly locks: LockManager,
    private readonly clock: Clock,
  ) {
    // What was under way when the lock was lost may have been written under the name that holds it now.
    locks.onRegained(() => this.doubt());
  }

  /** The engine calls this when it starts and when it begins to stop. */
  set(started: boolean): void {
    this.started = started;
  }

  /** Notes that a write failed with unknown effect: the store may hold runs for this instance that it never saw. */
  doubt(): void {
    this.doubtfulUntil = this.clock.monotonic() + DOUBT_MS;
  }

  /** Whether there was such a doubt recently. */
  inDoubt(): boolean {
    return this.clock.monotonic() < this.doubtfulUntil;
  }

  /** True while the engine runs and its lock is held. */
  isWorking(): boolean {
    return this.started && this.locks.isHeld();
  }
}
