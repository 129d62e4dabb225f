import { Injectable } from '@nestjs/common';
import { LockManager } from '../locking/lock-manager.js';

/** Whether this instance takes up work at present. */
@Injectable()
export class EngineState {
  private started = false;
  private doubtful = false;

  constructor(private readonly locks: LockManager) {}

  /** Told by the engine when it starts and when it begins to stop. */
  set(started: boolean): void {
    this.started = started;
  }

  /** Says that a write failed whose effect is not known: the store may hold runs for this instance that it never saw. */
  doubt(): void {
    this.doubtful = true;
  }

  /** Whether there was such a doubt since this was last asked. */
  takeDoubt(): boolean {
    const { doubtful } = this;
    this.doubtful = false;
    return doubtful;
  }

  /** True while the engine runs and its lock is held. */
  isWorking(): boolean {
    return this.started && this.locks.isHeld();
  }
}
