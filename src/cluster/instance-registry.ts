import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { LockManager } from '../locking/lock-manager.js';
import { Presence } from '../scheduling/presence.js';
import { Slots } from '../scheduling/slots.js';
import type { Page } from '../scheduling/task.store.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { InstanceStore, type Instance } from './instance.store.js';
import { packageVersion } from './package-version.js';
import { ShardMap } from './shard-map.js';

/** Distance between two looks for entries of the dead; an entry goes when its instance is dead at two of them. */
const CLEANING_MS = 60_000;

/** How long a stopping instance waits for the store to take that it is leaving. */
const FAREWELL_MS = 1000;

/** An instance as it said of itself, and what follows from that. */
export interface KnownInstance extends Instance {
  leaving: boolean;
  /** Whether its lock is held. */
  alive: boolean;
  /** How many of the shards are its own. */
  shards: number;
  /** Whether it had no place left, so that others take what it does not get to. */
  saturated: boolean;
}

/**
 * Tells the other instances of this one, and of them. It writes only while the lock is held, so that whoever has an
 * entry and no lock is dead. What it cannot write it leaves to the next beat: no work depends on it.
 */
@Injectable()
export class InstanceRegistry implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly version = packageVersion();
  private startedAt = 0;
  private stopped = true;
  private leaving = false;
  private timer: Timer | null = null;
  private beating: Promise<void> = Promise.resolve();
  private nextCleaning = Number.NEGATIVE_INFINITY;
  private suspects = new Set<string>();
  private readonly logger = new Logger(InstanceRegistry.name);

  constructor(
    private readonly store: InstanceStore,
    private readonly locks: LockManager,
    private readonly slots: Slots,
    private readonly presence: Presence,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heartbeatMs'>,
  ) {}

  /** Comes after the engine's, which takes the lock. */
  async onApplicationBootstrap(): Promise<void> {
    this.startedAt = this.clock.now();
    this.stopped = false;
    await this.beat();
  }

  /** Comes before anything stops: the others take over its tasks while it finishes its runs. */
  async onModuleDestroy(): Promise<void> {
    if (this.stopped) return;
    this.leaving = true;
    const before = this.beating;
    this.beating = before.then(() => this.attempt('say that it is leaving', () => this.write()));
    await Promise.race([this.beating, this.clock.sleep(FAREWELL_MS)]);
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
    const entries = await this.store.list();
    const dead = new Set(await this.locks.deadAmong(entries.map(({ id }) => id)));
    const map = new ShardMap(entries.filter(({ id, leaving }) => !dead.has(id) && !leaving).map(({ id }) => id));
    return entries
      .filter(({ id }) => after === undefined || id < after)
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map((entry) => ({
        ...entry,
        leaving: entry.leaving ?? false,
        alive: !dead.has(entry.id),
        shards: map.ownedBy(entry.id).length,
        saturated: !dead.has(entry.id) && entry.running >= entry.concurrency,
      }));
  }

  private async beat(): Promise<void> {
    this.beating = this.attempt('write its entry', () => this.writeAndClean());
    await this.beating;
    if (!this.stopped) this.timer = this.clock.after(this.settings.heartbeatMs, () => void this.beat());
  }

  private async writeAndClean(): Promise<void> {
    await this.write();
    if (!this.locks.isHeld() || this.clock.monotonic() < this.nextCleaning) return;
    await this.removeDead();
    this.nextCleaning = this.clock.monotonic() + CLEANING_MS;
  }

  private async write(): Promise<void> {
    if (this.locks.isHeld()) await this.store.put(this.entry());
  }

  private entry(): Instance {
    return {
      id: this.locks.owner,
      version: this.version,
      startedAt: this.startedAt,
      heartbeatAt: this.clock.now(),
      running: this.slots.taken,
      concurrency: this.slots.limit,
      ...(this.leaving && { leaving: true }),
      present: this.presence.sightings(),
      heldUp: this.slots.heldUp(),
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
