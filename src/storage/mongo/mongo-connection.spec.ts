import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { freePort } from '../../../test/support/free-port.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import { connectionOptions, hostsOf } from './mongo-connection.js';
import { openMongo } from './open-mongo.js';

/** The error with which the store fails to open. */
const failureOf = (uri: string): Promise<unknown> =>
  openMongo(uri).then(
    (store) => store.close().then(() => 'open'),
    (error: unknown) => error,
  );

/** What the driver makes of a connection string and our options. */
function understood(uri: string): mongoose.mongo.MongoOptions {
  const {
    autoIndex: _index,
    autoCreate: _create,
    bufferCommands: _buffer,
    dbName: _name,
    ...own
  } = connectionOptions(uri, 'full');
  return new mongoose.mongo.MongoClient(uri, own).options;
}

describe('MongoDB connection', () => {
  it.each([
    ['mongodb://localhost:27017/tasks', 'MongoDB at localhost:27017'],
    ['mongodb://user:secret@a:1,b:2/tasks?replicaSet=rs', 'MongoDB at a:1,b:2'],
    ['mongodb+srv://user:secret@cluster.example.org', 'MongoDB at cluster.example.org'],
    ['mongodb://user:se/cret@localhost/tasks', 'MongoDB'],
    ['mongodb://user:se?cret@localhost/tasks', 'MongoDB'],
    ['mongodb://user:se@cret@localhost/tasks', 'MongoDB'],
  ])('names the hosts of %s, never the credentials', (uri, expected) => {
    expect(hostsOf(uri)).toBe(expected);
  });

  it('asks for durable writes and a database of its own unless the connection string says otherwise', () => {
    expect(connectionOptions('mongodb://localhost', 'full')).toMatchObject({
      dbName: 'task-runner',
      writeConcern: { w: 'majority', journal: true },
      serverSelectionTimeoutMS: 5000,
    });
    expect(connectionOptions('mongodb://localhost', 'relaxed')).toMatchObject({
      writeConcern: { w: 1, journal: true },
    });
    const chosen = connectionOptions('mongodb://localhost/mine?w=1&serverSelectionTimeoutMS=9', 'full');
    expect(chosen).not.toHaveProperty('dbName');
    expect(chosen.writeConcern).toEqual({ wtimeoutMS: 10_000 });
    expect(chosen).not.toHaveProperty('serverSelectionTimeoutMS');
  });

  it('reads the names of options without regard to case', () => {
    const chosen = connectionOptions('mongodb://localhost?maxpoolsize=5&W=2&WTimeoutMS=7&APPNAME=mine', 'full');
    for (const name of ['maxPoolSize', 'appName']) expect(chosen).not.toHaveProperty(name);
    expect(chosen.writeConcern).toEqual({});
    expect(understood('mongodb://localhost?maxpoolsize=5&W=2')).toMatchObject({
      maxPoolSize: 5,
      writeConcern: { w: 2, wtimeoutMS: 10_000 },
    });
  });

  it('waits for the confirmation of other members for ten seconds, or as long as the connection string says', () => {
    const writeConcern = { w: 'majority', journal: true };
    const wait = (uri: string) => understood(uri).writeConcern;
    expect(wait('mongodb://localhost')).toMatchObject({ ...writeConcern, wtimeoutMS: 10_000 });
    expect(wait('mongodb://localhost?wtimeoutms=7')).toMatchObject({ ...writeConcern, wtimeoutMS: 7 });
  });

  it('fails with one sentence without credentials when nobody listens', async () => {
    const port = await freePort();
    const error = await failureOf(`mongodb://somebody:geheim@127.0.0.1:${port}/x?serverSelectionTimeoutMS=3000`);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toBe(
      `MongoDB at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/geheim|somebody/);
  });

  it.each(['mongodb://somebody:geh/eim@127.0.0.1/x', 'mongodb://somebody:geheim@/x', 'mongodb://geheim@a/x?geheim=1'])(
    'fails without quoting a connection string that cannot be read: %s',
    async (uri) => {
      const error = await failureOf(uri);
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect((error as Error).message).toMatch(/cannot be used: /);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/geh|somebody/);
    },
  );

  it("leaves a host application's own mongoose connection alone", async () => {
    await failureOf(`mongodb://127.0.0.1:${await freePort()}/x?serverSelectionTimeoutMS=50`);
    expect(mongoose.connection.readyState).toBe(mongoose.STATES.disconnected);
    expect(mongoose.modelNames()).toEqual([]);
  });
});
