import { AuditStore } from '../../audit/audit.store.js';
import { ApiKeyStore } from '../../auth/api-key.store.js';
import { InstanceStore } from '../../cluster/instance.store.js';
import { LogStore } from '../../execution-log/log.store.js';
import { LockStore } from '../../locking/lock.store.js';
import { SettingsStore } from '../../organizations/settings.store.js';
import { IdempotencyStore } from '../../rest/idempotency.store.js';
import { RunStore } from '../../scheduling/run.store.js';
import { TaskStore } from '../../scheduling/task.store.js';
import { SealedStore } from '../../secrets/sealed.store.js';
import { StatsStore } from '../../stats/stats.store.js';
import { EventStore } from '../../triggers/event.store.js';
import { StoreHealth } from '../store-health.js';
import { SqliteApiKeyStore } from './sqlite-api-key.store.js';
import { SqliteAuditStore } from './sqlite-audit.store.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { SqliteEventStore } from './sqlite-event.store.js';
import { SqliteIdempotencyStore } from './sqlite-idempotency.store.js';
import { SqliteInstanceStore } from './sqlite-instance.store.js';
import { SqliteLockStore } from './sqlite-lock.store.js';
import { SqliteLogStore } from './sqlite-log.store.js';
import { SqliteRunStore } from './sqlite-run.store.js';
import { SqliteSealedStore } from './sqlite-sealed.store.js';
import { SqliteSettingsStore } from './sqlite-settings.store.js';
import { SqliteStatsStore } from './sqlite-stats.store.js';
import { SqliteStoreHealth } from './sqlite-store-health.js';
import { SqliteTaskStore } from './sqlite-task.store.js';

/** A storage port, and what serves it from a connection. */
export interface PortWithAdapter {
  port: abstract new () => object;
  adapter: new (connection: SqliteConnection) => object;
}

/** Every storage port; what serves them is listed in this order. */
export const PORTS: readonly PortWithAdapter[] = [
  { port: TaskStore, adapter: SqliteTaskStore },
  { port: RunStore, adapter: SqliteRunStore },
  { port: LockStore, adapter: SqliteLockStore },
  { port: EventStore, adapter: SqliteEventStore },
  { port: LogStore, adapter: SqliteLogStore },
  { port: IdempotencyStore, adapter: SqliteIdempotencyStore },
  { port: InstanceStore, adapter: SqliteInstanceStore },
  { port: SettingsStore, adapter: SqliteSettingsStore },
  { port: AuditStore, adapter: SqliteAuditStore },
  { port: SealedStore, adapter: SqliteSealedStore },
  { port: ApiKeyStore, adapter: SqliteApiKeyStore },
  { port: StatsStore, adapter: SqliteStatsStore },
  { port: StoreHealth, adapter: SqliteStoreHealth },
];

/** What serves the storage ports from one database file. */
export interface OpenStores {
  readonly adapters: readonly object[];
  /** Closes the file; every later operation rejects with a `StoreUnavailableError`. */
  close(): Promise<void>;
}

/** What serves this port. */
export const serving = <Port extends object>({ adapters }: OpenStores, port: abstract new () => Port): Port =>
  adapters[PORTS.findIndex((each) => each.port === port)] as Port;
