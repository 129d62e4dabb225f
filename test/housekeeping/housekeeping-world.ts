import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { choresOf, type Chore } from '../../src/housekeeping/chores.js';
import { Housekeeping } from '../../src/housekeeping/housekeeping.js';
import { LockManager } from '../../src/locking/lock-manager.js';
import { SqliteConnection } from '../../src/storage/sqlite/sqlite-connection.js';
import { SqliteEventStore } from '../../src/storage/sqlite/sqlite-event.store.js';
import { SqliteIdempotencyStore } from '../../src/storage/sqlite/sqlite-idempotency.store.js';
import { SqliteInstanceStore } from '../../src/storage/sqlite/sqlite-instance.store.js';
import { SqliteLockStore } from '../../src/storage/sqlite/sqlite-lock.store.js';
import { SqliteRunStore } from '../../src/storage/sqlite/sqlite-run.store.js';
import { SqliteSettingsStore } from '../../src/storage/sqlite/sqlite-settings.store.js';
import type { RetentionSettings } from '../../src/settings/settings.js';
import { RunRetention } from '../../src/housekeeping/run-retention.js';
import { T0 } from '../support/builders.js';

export const RETENTION = { runsDays: 30, eventsDays: 7, auditDays: 365 };
const SETTINGS = { lockLifeMs: 3_600_000, heartbeatMs: 600_000 };

/** An SQLite file and as many housekeepers on it as a test needs, each of a different instance. */
export class HousekeepingWorld {
  readonly clock = new SettableClock(T0);
  /** Everything that was logged, as `level: message`. */
  readonly logged: string[] = [];
  readonly runs: SqliteRunStore;
  readonly events: SqliteEventStore;
  readonly idempotency: SqliteIdempotencyStore;
  readonly locks: SqliteLockStore;
  readonly instances: SqliteInstanceStore;
  readonly settings: SqliteSettingsStore;
  /** What the instances keep. */
  retention: RetentionSettings = RETENTION;
  private readonly managers: LockManager[] = [];

  private constructor(
    private readonly folder: string,
    private readonly connection: SqliteConnection,
  ) {
    this.runs = new SqliteRunStore(connection);
    this.events = new SqliteEventStore(connection);
    this.idempotency = new SqliteIdempotencyStore(connection);
    this.locks = new SqliteLockStore(connection);
    this.settings = new SqliteSettingsStore(connection);
    this.instances = new SqliteInstanceStore(connection);
    const level = (name: string) => (message: string) => void this.logged.push(`${name}: ${message}`);
    const rest = { log: level('log'), error: level('error'), warn: level('warn'), debug: level('debug') };
    Logger.overrideLogger({ ...rest, verbose: level('verbose') });
  }

  static async open(): Promise<HousekeepingWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'housekeeping-'));
    return new HousekeepingWorld(folder, await SqliteConnection.open(join(folder, 'tasks.db')));
  }

  /** A housekeeper of another instance, by default with the chores of the service. */
  async housekeeper(chores: Chore[] = this.chores()): Promise<Housekeeping> {
    const manager = new LockManager(this.locks, this.clock, SETTINGS);
    this.managers.push(manager);
    await manager.start();
    const kinds = new RunRetention(this.runs, this.settings, this.clock);
    const runtime = { retention: this.retention };
    return new Housekeeping(chores, kinds, manager, this.locks, this.instances, this.clock, runtime);
  }

  chores(): Chore[] {
    const nothing = { purge: () => Promise.resolve(0) };
    return choresOf(this.runs, this.events, this.idempotency, nothing, nothing, nothing, nothing, nothing);
  }

  /** Lets the clock run until the promise settles; resolves to the milliseconds that this took. */
  async driven(promise: Promise<void>): Promise<number> {
    const begun = this.clock.now();
    let settled = false;
    const mark = () => void (settled = true);
    promise.then(mark, mark);
    while (!settled) await this.clock.advance(10);
    await promise;
    return this.clock.now() - begun;
  }

  async close(): Promise<void> {
    await Promise.all(this.managers.map((manager) => manager.stop()));
    Logger.overrideLogger(false);
    await this.connection.close();
    await rm(this.folder, { recursive: true });
  }
}
