import { Injectable } from '@nestjs/common';
import { LockManager } from '../locking/lock-manager.js';

/** Whether this instance takes up work at present. */
@Injectable()
export class EngineState {
  private started = false;

  constructor(private readonly locks: LockManager) {}

  /** Told by the engine when it starts and when it begins to stop. */
  set(started: boolean): void {
    this.started = started;
  }

  /** True while the engine runs and its lock is held. */
  isWorking(): boolean {
    return this.started && this.locks.isHeld();
  }
}
