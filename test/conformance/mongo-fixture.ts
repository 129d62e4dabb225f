import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { LogStore } from '../../src/execution-log/log.store.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { IdempotencyStore } from '../../src/rest/idempotency.store.js';
import { RunStore } from '../../src/scheduling/run.store.js';
import { TaskStore } from '../../src/scheduling/task.store.js';
import { CONNECTION_NAME } from '../../src/storage/mongo/mongo-connection.js';
import { MongoStorageModule } from '../../src/storage/mongo/mongo-storage.module.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { EventStore } from '../../src/triggers/event.store.js';
import type { StoreFixture, Stores } from './fixture.js';

/** One connection to a database, made as the service makes it. */
export interface MongoConnected extends Stores {
  connection: Connection;
  close(): Promise<void>;
}

/** The address of a database of its own on the server at `uri`. */
export function databaseOf(uri: string): string {
  const [address, query] = uri.split('?') as [string, string?];
  const [, server, database] = /^(mongodb(?:\+srv)?:\/\/[^/]+)\/?(.*)$/.exec(address)!;
  const options = new URLSearchParams(query);
  if (server!.includes('@') && !options.has('authSource')) options.set('authSource', database || 'admin');
  return `${server}/task-runner-test-${randomUUID()}?${options.toString()}`;
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
    health: app.get(StoreHealth),
    connection: app.get<Connection>(getConnectionToken(CONNECTION_NAME)),
    close: () => app.close(),
  };
}

/** Opens an empty database on the server at `uri`, which is dropped at the end. */
export async function openMongo(uri: string): Promise<StoreFixture & { connection: Connection }> {
  const url = databaseOf(uri);
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
      if (connected.length > 0) await first.connection.dropDatabase();
      await Promise.all(connected.splice(0).map((each) => each.close()));
    },
  };
}
