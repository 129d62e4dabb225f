import { NestFactory } from '@nestjs/core';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { AuditReads, AuditStore } from '../../src/audit/audit.store.js';
import { ApiKeyReads, ApiKeyStore } from '../../src/auth/api-key.store.js';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { LogReads, LogStore } from '../../src/execution-log/log.store.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { IdempotencyStore } from '../../src/rest/idempotency.store.js';
import { RunReads } from '../../src/scheduling/run.reads.js';
import { RunStore } from '../../src/scheduling/run.store.js';
import { SealedStore } from '../../src/secrets/sealed.store.js';
import { TaskReads } from '../../src/scheduling/task.reads.js';
import { TaskStore } from '../../src/scheduling/task.store.js';
import { CONNECTION_NAME } from '../../src/storage/mongo/mongo-connection.js';
import { MongoStorageModule } from '../../src/storage/mongo/mongo-storage.module.js';
import { StatsReads, StatsStore } from '../../src/stats/stats.store.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { EventStore } from '../../src/triggers/event.store.js';
import { lendDatabase } from './mongo-databases.js';
import type { Readers, StoreFixture, Stores } from './fixture.js';

/** One connection to a database, made as the service makes it. */
export interface MongoConnected extends Stores {
  readers: Readers;
  connection: Connection;
  close(): Promise<void>;
}

/** Starts the storage module alone. */
export async function connect(url: string): Promise<MongoConnected> {
  const app = await NestFactory.createApplicationContext(MongoStorageModule.forRoot(url), {
    logger: false,
    abortOnError: false,
  });
  return {
    tasks: app.get(TaskStore),
    runs: app.get(RunStore),
    locks: app.get(LockStore),
    events: app.get(EventStore),
    logs: app.get(LogStore),
    idempotency: app.get(IdempotencyStore),
    instances: app.get(InstanceStore),
    settings: app.get(SettingsStore),
    audit: app.get(AuditStore),
    sealed: app.get(SealedStore),
    apiKeys: app.get(ApiKeyStore),
    stats: app.get(StatsStore),
    health: app.get(StoreHealth),
    readers: {
      tasks: app.get(TaskReads),
      runs: app.get(RunReads),
      logs: app.get(LogReads),
      audit: app.get(AuditReads),
      apiKeys: app.get(ApiKeyReads),
      stats: app.get(StatsReads),
    },
    connection: app.get<Connection>(getConnectionToken(CONNECTION_NAME)),
    close: () => app.close(),
  };
}

/** Opens an empty database on the server at `uri`. */
export async function openMongo(uri: string): Promise<StoreFixture & { connection: Connection }> {
  const { url, giveBack } = await lendDatabase(uri);
  const connected = [await connect(url)];
  const [first] = connected as [MongoConnected];
  return {
    ...first,
    url,
    reopen: async () => {
      const another = await connect(url);
      connected.push(another);
      return another;
    },
    close: async () => {
      await Promise.all(connected.splice(0).map((each) => each.close()));
      giveBack();
    },
  };
}
