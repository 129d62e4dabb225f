import { type DynamicModule, type FactoryProvider, Module, type Provider, type Type } from '@nestjs/common';
import { getConnectionToken, getModelToken, MongooseModule } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { AuditStore } from '../../audit/audit.store.js';
import { ApiKeyStore } from '../../auth/api-key.store.js';
import { InstanceStore } from '../../cluster/instance.store.js';
import { LogStore } from '../../execution-log/log.store.js';
import { LockKeeper, NoLockKeeper } from '../../locking/lock-keeper.js';
import { LockStore } from '../../locking/lock.store.js';
import { SettingsStore } from '../../organizations/settings.store.js';
import { IdempotencyStore } from '../../rest/idempotency.store.js';
import { RunStore } from '../../scheduling/run.store.js';
import { SealedStore } from '../../secrets/sealed.store.js';
import { TaskStore } from '../../scheduling/task.store.js';
import type { Durability } from '../../settings/settings.js';
import { StatsStore } from '../../stats/stats.store.js';
import { EventStore } from '../../triggers/event.store.js';
import { READS } from '../reads.js';
import { KeeperThread } from '../keeper-thread.js';
import { StoreHealth } from '../store-health.js';
import { repairDriver } from './driver-repair.js';
import { MongoAuditStore } from './mongo-audit.store.js';
import { MongoApiKeyStore } from './mongo-api-key.store.js';
import { MODELS, MongoCollections } from './mongo-collections.js';
import {
  CONNECTION_NAME,
  connectionOptions,
  hostsOf,
  opened,
  READERS_NAME,
  readersOptions,
} from './mongo-connection.js';
import { guarded } from './mongo-errors.js';
import { MongoEventStore } from './mongo-event.store.js';
import { MongoIdempotencyStore } from './mongo-idempotency.store.js';
import { createIndexes } from './mongo-indexes.js';
import { MongoInstanceStore } from './mongo-instance.store.js';
import { MongoLockStore } from './mongo-lock.store.js';
import { MongoLogStore } from './mongo-log.store.js';
import { migrate } from './mongo-migrations.js';
import { MongoRunStore } from './mongo-run.store.js';
import { MongoSealedStore } from './mongo-sealed.store.js';
import { MongoSettingsStore } from './mongo-settings.store.js';
import { MongoStatsStore } from './mongo-stats.store.js';
import { MongoStoreHealth } from './mongo-store-health.js';
import { MongoTaskStore } from './mongo-task.store.js';
import { ReadingCollections } from './reading-collections.js';

type Port = abstract new () => object;

const ADAPTERS: readonly (readonly [Port, Type<object>])[] = [
  [TaskStore, MongoTaskStore],
  [RunStore, MongoRunStore],
  [LockStore, MongoLockStore],
  [EventStore, MongoEventStore],
  [LogStore, MongoLogStore],
  [IdempotencyStore, MongoIdempotencyStore],
  [InstanceStore, MongoInstanceStore],
  [SettingsStore, MongoSettingsStore],
  [AuditStore, MongoAuditStore],
  [SealedStore, MongoSealedStore],
  [ApiKeyStore, MongoApiKeyStore],
  [StatsStore, MongoStatsStore],
  [StoreHealth, MongoStoreHealth],
];

/** The collections, once the connection is open and the database has this program's layout: every store waits for it. */
function collectionsProvider(hosts: string): FactoryProvider<Promise<MongoCollections>> {
  return {
    provide: MongoCollections,
    inject: [
      getConnectionToken(CONNECTION_NAME),
      getConnectionToken(READERS_NAME),
      ...MODELS.map(({ name }) => getModelToken(name, CONNECTION_NAME)),
    ],
    useFactory: async (connection: Connection, readers: Connection) => {
      try {
        await opened(connection, hosts);
        const collections = new MongoCollections(connection);
        await prepare(collections, hosts);
        return collections;
      } catch (error) {
        await Promise.allSettled([connection.close(), readers.close()]);
        throw error;
      }
    },
  };
}

/** The same of readers, once the database has its layout. */
function readingProvider(hosts: string): FactoryProvider<Promise<ReadingCollections>> {
  return {
    provide: ReadingCollections,
    inject: [
      getConnectionToken(READERS_NAME),
      MongoCollections,
      ...MODELS.map(({ name }) => getModelToken(name, READERS_NAME)),
    ],
    useFactory: async (connection: Connection) => {
      await opened(connection, hosts);
      return new ReadingCollections(connection);
    },
  };
}

/** Brings the database to this program's layout. */
async function prepare(collections: MongoCollections, hosts: string): Promise<void> {
  const steps = guarded({ migrate: () => migrate(collections), index: () => createIndexes(collections) }, hosts);
  await steps.migrate();
  await steps.index();
}

const storeProviders = (hosts: string): Provider[] =>
  ADAPTERS.map(([port, Adapter]) => ({
    provide: port,
    inject: [MongoCollections],
    useFactory: (collections: MongoCollections) => guarded(new Adapter(collections), hosts),
  }));

const readsProviders = (hosts: string): Provider[] =>
  READS.map(([reads, port]) => ({
    provide: reads,
    inject: [ReadingCollections],
    useFactory: (collections: ReadingCollections) => guarded(new (adapterOf(port))(collections), hosts),
  }));

const adapterOf = (port: Port): Type<object> => ADAPTERS.find(([each]) => each === port)![1];

/**
 * Every storage port on MongoDB, over a mongoose connection of its own, and one for readers. Starting rejects with a `StoreUnavailableError`
 * when the server is not found within five seconds; later outages end by themselves. Closes after the engine has stopped.
 */
@Module({})
export class MongoStorageModule {
  static forRoot(uri: string, durability: Durability = 'full'): DynamicModule {
    repairDriver();
    const hosts = hostsOf(uri);
    return {
      module: MongoStorageModule,
      global: true,
      imports: [
        MongooseModule.forRootAsync({
          connectionName: CONNECTION_NAME,
          useFactory: () => connectionOptions(uri, durability),
        }),
        MongooseModule.forRootAsync({
          connectionName: READERS_NAME,
          useFactory: () => readersOptions(uri, durability),
        }),
        MongooseModule.forFeature(MODELS, CONNECTION_NAME),
        MongooseModule.forFeature(MODELS, READERS_NAME),
      ],
      providers: [
        collectionsProvider(hosts),
        readingProvider(hosts),
        {
          provide: LockKeeper,
          inject: [MongoCollections],
          useFactory: () =>
            KeeperThread.isPossible() ? new KeeperThread({ kind: 'mongo', uri, durability }) : new NoLockKeeper(),
        },
        ...storeProviders(hosts),
        ...readsProviders(hosts),
      ],
      exports: [LockKeeper, ...ADAPTERS.map(([port]) => port), ...READS.map(([reads]) => reads)],
    };
  }
}
