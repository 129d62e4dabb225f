import type { AuditReads, AuditStore } from '../../src/audit/audit.store.js';
import type { ApiKeyReads, ApiKeyStore } from '../../src/auth/api-key.store.js';
import type { InstanceStore } from '../../src/cluster/instance.store.js';
import type { LogReads, LogStore } from '../../src/execution-log/log.store.js';
import type { LockStore } from '../../src/locking/lock.store.js';
import type { SettingsStore } from '../../src/organizations/settings.store.js';
import type { IdempotencyStore } from '../../src/rest/idempotency.store.js';
import type { RunReads } from '../../src/scheduling/run.reads.js';
import type { RunStore } from '../../src/scheduling/run.store.js';
import type { SealedStore } from '../../src/secrets/sealed.store.js';
import type { TaskReads } from '../../src/scheduling/task.reads.js';
import type { TaskStore } from '../../src/scheduling/task.store.js';
import type { StatsReads, StatsStore } from '../../src/stats/stats.store.js';
import type { StoreHealth } from '../../src/storage/store-health.js';
import type { EventStore } from '../../src/triggers/event.store.js';

/** Every port of one connection. */
export interface Stores {
  tasks: TaskStore;
  runs: RunStore;
  locks: LockStore;
  events: EventStore;
  logs: LogStore;
  idempotency: IdempotencyStore;
  instances: InstanceStore;
  settings: SettingsStore;
  audit: AuditStore;
  sealed: SealedStore;
  apiKeys: ApiKeyStore;
  stats: StatsStore;
  health: StoreHealth;
}

/** What people read by, over a connection of their own. */
export interface Readers {
  tasks: TaskReads;
  runs: RunReads;
  logs: LogReads;
  audit: AuditReads;
  apiKeys: ApiKeyReads;
  stats: StatsReads;
}

/** An adapter under test: a connection to data of its own, empty at the start. */
export interface StoreFixture extends Stores {
  readers: Readers;
  /** The `STORE_URL` under which another process finds the same data. */
  url: string;
  /** Opens one more, independent connection to the same data, which `close` closes too. */
  reopen(): Promise<Stores>;
  /** Closes every connection and removes the data; may be called again. */
  close(): Promise<void>;
}

/** Makes a fixture; called once for each test. */
export type OpenFixture = () => Promise<StoreFixture>;

/** What keeps the locks, alone. */
export interface LockFixture {
  locks: LockStore;
  reopen(): Promise<{ locks: LockStore }>;
  close(): Promise<void>;
}
