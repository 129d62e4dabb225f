import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { LockManager } from '../locking/lock-manager.js';
import { Slots } from '../scheduling/slots.js';
import type { Page } from '../scheduling/task.store.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { InstanceStore, type Instance } from './instance.store.js';
import { packageVersion } from './package-version.js';

/** Distance between two looks for entries of the dead; an entry goes when its instance is dead at two of them. */
const CLEANING_MS = 60_000;

/** An instance as it said of itself, and whether its lock is held. */
export interface KnownInstance extends Instance {
  alive: boolean;
}

/**
 * Tells the other instances of this one, and of them. It writes only while the lock is held, so that whoever has an
 * entry and no lock is dead. What it cannot write it leaves to the next beat: no work depends on it.
 */
@Injectable()
export class InstanceRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly version = packageVersion();
  private startedAt = 0;
  private stopped = true;
  private timer: Timer | null = null;
  private beating: Promise<void> = Promise.resolve();
  private nextCleaning = Number.NEGATIVE_INFINITY;
  private suspects = new Set<string>();
  private readonly logger = new Logger(InstanceRegistry.name);

  constructor(
    private readonly store: InstanceStore,
    private readonly locks: LockManager,
    private readonly slots: Slots,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heartbeatMs'>,
  ) {}

  /** Comes after the engine's, which takes the lock. */
  async onApplicationBootstrap(): Promise<void> {
    this.startedAt = this.clock.now();
    this.stopped = false;
    await this.beat();
  }

  /** Comes after the engine has finished its runs and given up its lock, and before the store closes. */
  async onApplicationShutdown(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.timer?.cancel();
    await this.beating;
    await this.attempt('remove its entry', () => this.store.remove([this.locks.owner]));
  }

  /** The instances that have an entry, newest first. @throws StoreUnavailableError */
  async list({ after, limit }: Page = { limit: Infinity }): Promise<KnownInstance[]> {
    const instances = (await this.store.list())
      .filter(({ id }) => after === undefined || id < after)
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
    const dead = new Set(await this.locks.deadAmong(instances.map(({ id }) => id)));
    return instances.map((instance) => ({ ...instance, alive: !dead.has(instance.id) }));
  }

  private async beat(): Promise<void> {
    this.beating = this.attempt('write its entry', () => this.writeAndClean());
    await this.beating;
    if (!this.stopped) this.timer = this.clock.after(this.settings.heartbeatMs, () => void this.beat());
  }

  private async writeAndClean(): Promise<void> {
    if (!this.locks.isHeld()) return;
    await this.store.put(this.entry());
    if (this.clock.monotonic() < this.nextCleaning) return;
    await this.removeDead();
    this.nextCleaning = this.clock.monotonic() + CLEANING_MS;
  }

  private entry(): Instance {
    return {
      id: this.locks.owner,
      version: this.version,
      startedAt: this.startedAt,
      heartbeatAt: this.clock.now(),
      running: this.slots.taken,
      concurrency: this.slots.limit,
    };
  }

  /** Judged by locks and by this instance's own patience: the dead's clock may have been any. */
  private async removeDead(): Promise<void> {
    const dead = (await this.list()).filter(({ alive }) => !alive).map(({ id }) => id);
    const expected = dead.filter((id) => this.suspects.has(id));
    if (expected.length > 0) await this.store.remove(expected);
    this.suspects = new Set(dead);
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.debug(`This instance could not ${what}: ${(error as Error).message}`);
    }
  }
}
