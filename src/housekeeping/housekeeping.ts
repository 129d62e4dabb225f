import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock.js';
import { LockManager } from '../locking/lock-manager.js';
import { LockStore } from '../locking/lock.store.js';
import { CHORES, type Chore } from './chores.js';

const SWEEP_MS = 60_000;
const LOCK = 'housekeeping';
/** How much is deleted in one write, and how often in one sweep: 100,000 things a minute of each kind. */
const BATCH = 100;
const MOST_BATCHES = 1000;
/** Between two batches, each of which holds up other writes for a few milliseconds. */
const PAUSE_MS = 10;

/** Removes what is older than it is kept. Of several instances one does it at a time. */
@Injectable()
export class Housekeeping implements BeforeApplicationShutdown {
  private sweeping: Promise<void> | null = null;
  private stopped = false;
  private readonly logger = new Logger(Housekeeping.name);

  constructor(
    @Inject(CHORES) private readonly chores: readonly Chore[],
    private readonly locks: LockManager,
    private readonly lockStore: LockStore,
    private readonly clock: Clock,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.sweeping;
  }

  /** Removes what has come of age, as far as one sweep goes; never rejects. */
  @Interval('housekeeping', SWEEP_MS)
  async sweep(): Promise<void> {
    // The lock would let this instance in twice.
    if (this.sweeping || this.stopped || !this.locks.isHeld()) return;
    this.sweeping = this.sweepLocked().catch((error: unknown) => this.warn('Housekeeping has to wait', error));
    await this.sweeping;
    this.sweeping = null;
  }

  /** The instance renews the lock together with its own, and another one gets it when this one dies. */
  private async sweepLocked(): Promise<void> {
    const { owner } = this.locks;
    if (!(await this.locks.takeAlso(LOCK))) return;
    try {
      for (const chore of this.chores) await this.do(chore);
    } finally {
      await this.lockStore.release([LOCK], owner);
    }
  }

  private async do({ what, keptMs, purge }: Chore): Promise<void> {
    const before = this.clock.now() - keptMs;
    let removed = 0;
    try {
      for (let batches = 0; batches < MOST_BATCHES && !this.stopped; batches++) {
        const count = await purge(before, BATCH);
        removed += count;
        if (count < BATCH) break;
        await this.clock.sleep(PAUSE_MS);
      }
    } catch (error) {
      this.warn(`Old ${what} could not be removed`, error);
    }
    if (removed > 0) this.logger.debug(`Removed ${removed} old ${what}.`);
  }

  private warn(what: string, error: unknown): void {
    this.logger.warn(`${what}: ${(error as Error).message}`);
  }
}
