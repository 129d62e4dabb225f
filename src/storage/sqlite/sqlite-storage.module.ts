import { Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { AuditStore } from '../../audit/audit.store.js';
import { SystemClock } from '../../clock/system-clock.js';
import { ApiKeyStore } from '../../auth/api-key.store.js';
import { InstanceStore } from '../../cluster/instance.store.js';
import { LogStore } from '../../execution-log/log.store.js';
import { LockStore } from '../../locking/lock.store.js';
import { SettingsStore } from '../../organizations/settings.store.js';
import { IdempotencyStore } from '../../rest/idempotency.store.js';
import { RunStore } from '../../scheduling/run.store.js';
import { SealedStore } from '../../secrets/sealed.store.js';
import { TaskStore } from '../../scheduling/task.store.js';
import type { Durability } from '../../settings/settings.js';
import { StatsStore } from '../../stats/stats.store.js';
import { EventStore } from '../../triggers/event.store.js';
import { StoreHealth } from '../store-health.js';
import { SqliteAuditStore } from './sqlite-audit.store.js';
import { SqliteApiKeyStore } from './sqlite-api-key.store.js';
import { SqliteConnection } from './sqlite-connection.js';
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

const PORTS = [
  { provide: TaskStore, useClass: SqliteTaskStore },
  { provide: RunStore, useClass: SqliteRunStore },
  { provide: LockStore, useClass: SqliteLockStore },
  { provide: EventStore, useClass: SqliteEventStore },
  { provide: LogStore, useClass: SqliteLogStore },
  { provide: IdempotencyStore, useClass: SqliteIdempotencyStore },
  { provide: InstanceStore, useClass: SqliteInstanceStore },
  { provide: SettingsStore, useClass: SqliteSettingsStore },
  { provide: AuditStore, useClass: SqliteAuditStore },
  { provide: SealedStore, useClass: SqliteSealedStore },
  { provide: ApiKeyStore, useClass: SqliteApiKeyStore },
  { provide: StatsStore, useClass: SqliteStatsStore },
  { provide: StoreHealth, useClass: SqliteStoreHealth },
] satisfies Provider[];

/** Provides every storage port from one SQLite file. */
@Module({})
export class SqliteStorageModule implements OnApplicationShutdown {
  constructor(private readonly connection: SqliteConnection) {}

  /** The module for the database file `path`, which is made when it is missing; a `StoreUnavailableError` otherwise. */
  static forRoot(path: string, durability: Durability = 'full'): DynamicModule {
    return {
      module: SqliteStorageModule,
      global: true,
      providers: [
        { provide: SqliteConnection, useFactory: () => SqliteConnection.open(path, new SystemClock(), durability) },
        ...PORTS,
      ],
      exports: PORTS.map(({ provide }) => provide),
    };
  }

  /** Comes after every `beforeApplicationShutdown`, in which the engine gives back what it holds. */
  onApplicationShutdown(): void {
    this.connection.close();
  }
}
