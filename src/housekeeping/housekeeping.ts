import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { InstanceStore } from '../cluster/instance.store.js';
import { LockManager } from '../locking/lock-manager.js';
import { LockStore } from '../locking/lock.store.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import type { RetentionSettings } from '../settings/settings.js';
import { CHORES, type Chore } from './chores.js';
import { pauseAfter } from './pace.js';
import { RunRetention } from './run-retention.js';
import { longest } from './longest-retention.js';

/** The wait after a sweep. */
const SWEEP_MS = 60_000;
const LOCK = 'housekeeping';
/** How much is deleted per write, and how many writes per sweep: 100,000 objects a minute of each kind. */
const BATCH = 100;
const MOST_BATCHES = 1000;

/** What a sweep removed, by what it is, and how long the sweep took (ms). */
export interface Swept {
  removed: ReadonlyMap<string, number>;
  ms: number;
}

/**
 * Removes objects that are past their retention. One instance does this at a time. Of the retentions that the living
 * instances have, the longest counts, so that none removes what another is told to keep.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private sweeping: Promise<void> | null = null;
  private stopped = false;
  private readonly rounds: Rounds;
  private readonly listeners: ((swept: Swept) => void)[] = [];
  private readonly logger = new Logger(Housekeeping.name);

  constructor(
    @Inject(CHORES) private readonly chores: readonly Chore[],
    private readonly runRetention: RunRetention,
    private readonly locks: LockManager,
    private readonly lockStore: LockStore,
    private readonly instances: InstanceStore,
    private readonly clock: Clock,
    @Inject(RuntimeSettings) private readonly settings: Pick<RuntimeSettings, 'retention'>,
  ) {
    this.rounds = new Rounds(
      clock,
      () => SWEEP_MS,
      () => this.sweep(),
    );
  }

  /** The first sweep waits: a start has other things to do. */
  onApplicationBootstrap(): void {
    this.rounds.startLater();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.rounds.stop();
    await this.sweeping;
  }

  /** Calls `listener` after each sweep of this instance that removed something. */
  onSwept(listener: (swept: Swept) => void): void {
    this.listeners.push(listener);
  }

  /** Removes what is past its retention, as far as one sweep gets; never rejects. */
  async sweep(): Promise<void> {
    // The lock would admit this instance twice.
    if (this.sweeping || this.stopped || !this.locks.isHeld()) return;
    this.sweeping = this.sweepLocked().catch((error: unknown) => this.warn('Housekeeping has to wait', error));
    await this.sweeping;
    this.sweeping = null;
  }

  /** The instance renews this lock together with its own; another instance gets it when this one dies. */
  private async sweepLocked(): Promise<void> {
    const { owner } = this.locks;
    if (!(await this.locks.takeAlso(LOCK))) return;
    try {
      const retention = longest(this.settings.retention, await this.instances.list());
      if (retention) await this.doAll(retention);
    } finally {
      await this.lockStore.release([LOCK], owner);
    }
  }

  private async doAll(retention: RetentionSettings): Promise<void> {
    const since = this.clock.monotonic();
    const removed = new Map<string, number>();
    for (const chore of this.chores) {
      const count = await this.do(chore, retention);
      if (count > 0) removed.set(chore.what, count);
    }
    const shorter = await this.shortened(retention);
    if (shorter > 0) removed.set('runs', (removed.get('runs') ?? 0) + shorter);
    if (removed.size === 0) return;
    for (const listener of this.listeners) listener({ removed, ms: this.clock.monotonic() - since });
  }

  /** Resolves to how much was removed. */
  private async do({ what, keptMs, purge }: Chore, retention: RetentionSettings): Promise<number> {
    const before = this.clock.now() - keptMs(retention);
    let removed = 0;
    try {
      for (let batches = 0; batches < MOST_BATCHES && !this.stopped; batches++) {
        const began = this.clock.monotonic();
        const count = await purge(before, BATCH);
        removed += count;
        if (count < BATCH) break;
        await this.clock.sleep(pauseAfter(this.clock.monotonic() - began));
      }
    } catch (error) {
      this.warn(`Old ${what} could not be removed`, error);
    }
    if (removed > 0) this.logger.debug(`Removed ${removed} old ${what}.`);
    return removed;
  }

  /** Resolves to how many runs were removed that are kept for a shorter time than others. */
  private async shortened(retention: RetentionSettings): Promise<number> {
    try {
      return await this.runRetention.sweep(retention, () => this.stopped);
    } catch (error) {
      this.warn('Runs that are kept for a shorter time could not be removed', error);
      return 0;
    }
  }

  private warn(what: string, error: unknown): void {
    this.logger.warn(`${what}: ${(error as Error).message}`);
  }
}
