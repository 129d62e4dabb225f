import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { LockManager } from '../locking/lock-manager.js';

/** How long a write may still arrive at the store after it was given up here. */
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
    // What was under way as the lock was lost may have been written in the name that holds it now.
    locks.onRegained(() => this.doubt());
  }

  /** Told by the engine when it starts and when it begins to stop. */
  set(started: boolean): void {
    this.started = started;
  }

  /** Says that a write failed whose effect is not known: the store may hold runs for this instance that it never saw. */
  doubt(): void {
    this.doubtfulUntil = this.clock.monotonic() + DOUBT_MS;
  }

  /** Whether there was such a doubt lately. */
  inDoubt(): boolean {
    return this.clock.monotonic() < this.doubtfulUntil;
  }

  /** True while the engine runs and its lock is held. */
  isWorking(): boolean {
    return this.started && this.locks.isHeld();
  }
}
