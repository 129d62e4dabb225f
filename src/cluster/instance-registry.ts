import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { LockManager } from '../locking/lock-manager.js';
import { Declarations } from './declarations.js';
import { OwnWork } from './own-work.js';
import { Presence } from './presence.js';
import { Slots } from './slots.js';
import type { Page } from '../domain/listing.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { InstanceStore, type Instance } from './instance.store.js';
import { packageVersion } from './package-version.js';
import { ShardMap } from './shard-map.js';
import { Vitals } from './vitals.js';

/**
 * Time between two searches for entries of dead instances; an entry is removed when its instance is dead in two of
 * them.
 */
const CLEANING_MS = 60_000;

/** How long a stopping instance waits for the store to record that it is leaving. */
const FAREWELL_MS = 1000;

/** An instance as it described itself, and what follows from that. */
export interface KnownInstance extends Instance {
  leaving: boolean;
  /** Whether somebody holds its lock. */
  alive: boolean;
  /** The number of shards that it owns. */
  shards: number;
  /** Whether it has no free slot, so that others take the work that it cannot start. */
  saturated: boolean;
}

/**
 * Publishes this instance's entry, and lists those of all instances. It writes only while it holds the lock: an
 * instance with an entry but no lock is dead. A failed write is left to the next heartbeat: no work depends on it.
 */
@Injectable()
export class InstanceRegistry {
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
    private readonly work: OwnWork,
    private readonly declarations: Declarations,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heartbeatMs'>,
    private readonly runtime: RuntimeSettings,
    private readonly installation: InstallationSettingsService,
    private readonly vitals: Vitals,
  ) {}

  /** After the engine has taken the lock. */
  async start(): Promise<void> {
    this.startedAt = this.clock.now();
    this.stopped = false;
    this.vitals.start();
    await this.beat();
  }

  /** Before anything stops: others take over this instance's tasks while it finishes its runs. */
  async leave(): Promise<void> {
    if (this.stopped) return;
    this.leaving = true;
    const before = this.beating;
    this.beating = before.then(() => this.attempt('say that it is leaving', () => this.write()));
    await this.clock.noLongerThan(FAREWELL_MS, this.beating);
  }

  /** After the engine has finished its runs and released its lock, and before the store closes. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.timer?.cancel();
    this.vitals.stop();
    await this.beating;
    await this.attempt('remove its entry', () => this.store.remove([this.locks.owner]));
  }

  /** The instances that have an entry, newest first. @throws StoreUnavailableError */
  async list({ after, limit }: Page = { limit: Infinity }): Promise<KnownInstance[]> {
    const entries = await this.store.list();
    const dead = new Set(await this.locks.deadAmong(entries.map(({ id }) => id)));
    const working = entries.filter(({ id, leaving, work }) => !dead.has(id) && !leaving && (work?.works ?? true));
    const map = new ShardMap(working.map(({ id }) => id));
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
    const declares = this.declarations.told();
    return {
      id: this.locks.owner,
      version: this.version,
      startedAt: this.startedAt,
      heartbeatAt: this.clock.now(),
      running: this.slots.taken,
      concurrency: this.slots.limit,
      ...(this.leaving && { leaving: true }),
      work: this.work.announced,
      present: this.presence.sightings(),
      heldUp: this.slots.heldUp(),
      fullPlaces: this.slots.places.refused(),
      ...(declares && { declares }),
      retention: this.runtime.retention,
      settingsVersion: this.installation.appliedVersion,
      vitals: this.vitals.told(),
    };
  }

  /** Judged by locks and by this instance's own waiting time: the dead instance's clock may have been wrong. */
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
