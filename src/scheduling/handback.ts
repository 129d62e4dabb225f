import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';
import type { HeldRun } from './held-run.js';
import { Slots } from './slots.js';

/** Where runs go with which their instance cannot go on right now. */
export interface Backlog {
  /** A place has become free. */
  slotFreed(): void;
  /** The run, held by this instance, wants a place again at its `dueAt`, or at `at` (epoch ms). */
  again(run: Run, at?: number): void;
  /** Takes out a run that was handed back and waits; nothing when there is none of that id. */
  takeBack(runId: string): Promise<HeldRun | undefined>;
}

/** Hands back to the backlog what cannot go on right now: runs that have to wait, and places that are free again. */
@Injectable()
export class Handback {
  private backlog: Backlog = {
    slotFreed: () => undefined,
    again: () => undefined,
    takeBack: () => Promise.resolve(undefined),
  };

  constructor(
    private readonly clock: Clock,
    private readonly locks: LockManager,
    private readonly slots: Slots,
  ) {}

  connect(backlog: Backlog): void {
    this.backlog = backlog;
  }

  /** Frees the place of a run. */
  release({ organization }: Pick<Run, 'organization'>): void {
    this.slots.release(organization);
    this.backlog.slotFreed();
  }

  /** Lets the run come again at its `dueAt`. */
  again(run: Run): void {
    this.backlog.again(run);
  }

  /** Lets the run come again after a while, and look anew whether it can start. */
  againIn(delayMs: number, run: Run): void {
    if (this.isOurs(run)) this.backlog.again(run, this.clock.now() + delayMs);
  }

  takeBack(runId: string): Promise<HeldRun | undefined> {
    return this.backlog.takeBack(runId);
  }

  /** Whether this instance certainly holds the run; what a former self held, others may have taken over. */
  isOurs(run: Run): boolean {
    return this.locks.isHeld() && run.owner === this.locks.owner;
  }
}
