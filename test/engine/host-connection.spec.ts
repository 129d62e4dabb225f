import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type LoggerService, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { type Connection, createConnection, type mongo } from 'mongoose';
import {
  LifecycleEvents,
  StoreUnavailableError,
  TaskRunnerModule,
  TaskScheduler,
  type TaskRunnerModuleOptions,
} from '../../src/index.js';
import { openOnConnection } from '../../src/storage/mongo/open-on-connection.js';
import { hostConnection } from '../conformance/host-connection-fixture.js';
import { databaseOf } from '../conformance/mongo-databases.js';

const uri = process.env['MONGODB_URI'] ?? '';
const suite = uri ? describe : describe.skip;
const encryptionKeys = `k1:${randomBytes(32).toString('base64')}`;

/** The log of an application, from warnings on. */
class Trouble implements LoggerService {
  readonly lines: string[] = [];
  log(): void {}
  warn(message: unknown): void {
    this.lines.push(String(message));
  }
  error(message: unknown): void {
    this.lines.push(String(message));
  }
}

const trouble = new Trouble();

async function boot(metadata: ModuleMetadata) {
  @Module(metadata)
  class Host {}
  return NestFactory.createApplicationContext(Host, { logger: trouble, abortOnError: false });
}

const runnerOn = (options: TaskRunnerModuleOptions) => ({
  imports: [TaskRunnerModule.forRoot({ encryptionKeys, ...options })],
});

const refusal = (options: TaskRunnerModuleOptions): Promise<string> =>
  boot(runnerOn(options)).then(
    (app) => app.close().then(() => 'it started'),
    (error: Error) => error.message,
  );

suite(uri ? 'a connection of the host' : 'a connection of the host, skipped because MONGODB_URI is not set', () => {
  let url: string;
  let connection: Connection;
  beforeEach(async () => {
    trouble.lines.length = 0;
    url = databaseOf(uri);
    connection = await hostConnection(url, { monitorCommands: true });
  });
  afterEach(async () => {
    await connection.close();
    const own = await createConnection(url).asPromise();
    await own.getClient().db(`${own.name}-task-runner`).dropDatabase();
    await own.dropDatabase();
    await own.close();
  });

  const once = async (options: TaskRunnerModuleOptions = { connection }) => {
    const app = await boot(runnerOn(options));
    const finished = app.get(LifecycleEvents).next('run.finished');
    const task = await app.get(TaskScheduler).schedule({
      ...{ name: 'n', action: { type: 'noop' }, triggers: [{ type: 'manual' }] },
    });
    await app.get(TaskScheduler).runNow(task.id);
    expect((await finished).run.state).toBe('succeeded');
    return app;
  };

  it('serves a runner in a database of its own, and is left open without models', async () => {
    const app = await once();
    await app.close();
    expect(connection.modelNames()).toEqual([]);
    expect(connection.readyState).toBe(1);
    expect(await connection.listCollections()).toEqual([]);
    const own = connection.getClient().db(`${connection.name}-task-runner`);
    expect(await own.collection('tasks').countDocuments()).toBe(1);
    expect(await own.collection('instances').countDocuments()).toBe(0);
    expect(trouble.lines).toEqual([]);
  });

  it('is that of @nestjs/mongoose, which closes it after the runner has ended', async () => {
    const app = await boot({
      imports: [
        MongooseModule.forRoot(url, { retryAttempts: 0 }),
        TaskRunnerModule.forRootAsync({
          inject: [getConnectionToken()],
          useFactory: (given: Connection) => ({ connection: given, encryptionKeys }),
        }),
      ],
    });
    await app.get(TaskScheduler).schedule({ name: 'n', action: { type: 'noop' }, triggers: [{ type: 'manual' }] });
    const ofHost = app.get<Connection>(getConnectionToken());
    await app.close();
    expect(ofHost.readyState).toBe(0);
    expect(trouble.lines).toEqual([]);
    const own = connection.getClient().db(`${connection.name}-task-runner`);
    expect(await own.collection('instances').countDocuments()).toBe(0);
  });

  it('has a name for the database where one is given', async () => {
    const database = `${connection.name}-own`;
    const app = await once({ connection, database });
    await app.close();
    const own = connection.getClient().db(database);
    expect(await own.collection('tasks').countDocuments()).toBe(1);
    await own.dropDatabase();
  });

  it.each([
    ['full', { w: 'majority', j: true, wtimeout: 10_000 }],
    ['relaxed', { w: 1, j: true, wtimeout: 10_000 }],
  ] as const)(
    'writes as durably as %s asks, and reads from the primary, whatever the host does',
    async (durability, concern) => {
      const sent: mongo.CommandStartedEvent[] = [];
      const client = connection.getClient();
      client.on('commandStarted', (event) => sent.push(event));
      const app = await once({ connection, durability });
      await app.close();
      const own = sent.filter(({ databaseName }) => databaseName.endsWith('-task-runner'));
      const writes = own.filter(({ commandName }) =>
        ['insert', 'update', 'delete', 'findAndModify'].includes(commandName),
      );
      expect(new Set(writes.map(({ commandName }) => commandName)).size).toBeGreaterThan(1);
      for (const { command } of writes) expect(command['writeConcern']).toEqual(concern);
      for (const { command } of own)
        expect([undefined, 'primary']).toContain((command['$readPreference'] as { mode: string } | undefined)?.mode);
      await connection.collection('guests').insertOne({ name: 'Ada' });
      expect(sent.at(-1)?.command['writeConcern']).toEqual({ w: 0 });
    },
  );

  it('is no longer used once the store is closed', async () => {
    const store = await openOnConnection({ connection, database: null }, 'full');
    await store.ports.health.ping();
    await store.close();
    await expect(store.ports.health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(store.readers.tasks.get('acme', 'x')).rejects.toBeInstanceOf(StoreUnavailableError);
    await store.close();
    expect(await connection.listCollections()).toEqual([]);
  });

  it('is refused with a sentence when it is closed, never opens or has too long a name', async () => {
    const closed = await createConnection(url).asPromise();
    await closed.close();
    expect(await refusal({ connection: closed })).toBe(
      'The MongoDB of connection cannot be used: the connection is not open',
    );
    expect(await refusal({ connection: createConnection() })).toMatch(/the connection is not open$/);
    const nowhere = createConnection('mongodb://user:secret@127.0.0.1:1/x', { serverSelectionTimeoutMS: 100 });
    const sentence = await refusal({ connection: nowhere });
    expect(sentence).toMatch(/^The MongoDB of connection cannot be used: /);
    expect(sentence).not.toMatch(/secret/);
    await nowhere.close();
    const silent = { ...shapeOf(connection), asPromise: () => new Promise(() => undefined), readyState: 2 };
    await expect(openOnConnection({ connection: silent, database: null }, 'full', 20)).rejects.toThrow(
      /the connection is not open$/,
    );
    const long = { ...shapeOf(connection), db: { databaseName: 'x'.repeat(60) } };
    expect(await refusal({ connection: long })).toMatch(/^database must be given/);
    const foreign = { ...shapeOf(connection), getClient: () => ({}) };
    expect(await refusal({ connection: foreign })).toMatch(/another copy/);
  });
});

const shapeOf = (connection: Connection) => ({
  asPromise: () => connection.asPromise(),
  getClient: (): unknown => connection.getClient(),
  ...{ readyState: connection.readyState, db: connection.db },
});
