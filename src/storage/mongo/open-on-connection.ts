import { mongo } from 'mongoose';
import { SystemClock } from '../../clock/system-clock.js';
import { SettingsError, StoreUnavailableError } from '../../domain/errors.js';
import { NoLockKeeper } from '../../locking/lock-keeper.js';
import type { Durability } from '../../settings/settings.js';
import { isDatabaseName, type HostConnection, type HostDatabase } from '../host-connection.js';
import type { OpenStorage } from '../storage.js';
import { repairDriver } from './driver-repair.js';
import { MongoCollections } from './mongo-collections.js';
import { CONFIRMED_MS, READERS_POOL, WRITE_CONCERNS } from './mongo-connection.js';
import { reasonOf, unavailable } from './mongo-errors.js';
import { prepare, served } from './mongo-ports.js';
import { ReadingCollections } from './reading-collections.js';

/** How long the host's connection may take to open. */
const OPENING_MS = 30_000;
const CONNECTED = 1;

/** What the stores rely on, whatever the host's connection does by default. */
const OPTIONS: mongo.DbOptions = {
  readPreference: 'primary',
  readConcern: new mongo.ReadConcern('local'),
  raw: false,
  useBigInt64: false,
  promoteLongs: true,
  promoteValues: true,
  promoteBuffers: false,
  ignoreUndefined: false,
  bsonRegExp: false,
  serializeFunctions: false,
  enableUtf8Validation: true,
  forceServerObjectId: false,
};

/**
 * Opens a database over the client of a connection that is the host's. Closing the store leaves the connection as it is.
 * There is no thread that keeps the locks: it would need the credentials of the host.
 * @throws SettingsError when the connection cannot be used
 * @throws StoreUnavailableError when it does not open
 */
export async function openOnConnection(
  { connection, database }: HostDatabase,
  durability: Durability,
  openingMs = OPENING_MS,
): Promise<OpenStorage> {
  const client = await clientOf(connection, openingMs);
  repairDriver();
  const hosts = `MongoDB at ${client.options.hosts.join(',')}`;
  const name = database ?? ownDatabase(connection);
  const db = client.db(name, { ...OPTIONS, writeConcern: { ...WRITE_CONCERNS[durability], wtimeoutMS: CONFIRMED_MS } });
  const collections = new MongoCollections(db);
  await prepare(collections, hosts);
  let isOpen = true;
  const demandOpen = (): void => {
    if (!isOpen) throw new StoreUnavailableError(`${hosts} cannot be used: the store is closed`);
  };
  const service = { hosts, demandOpen, readersPlaces: readersPlaces(client.options.maxPoolSize) };
  return {
    kind: hosts,
    ...served(collections, new ReadingCollections(db), service),
    keeper: new NoLockKeeper(),
    close: () => {
      isOpen = false;
      return Promise.resolve();
    },
  };
}

/** The client of the connection, once that is open. */
async function clientOf(connection: HostConnection, openingMs: number): Promise<mongo.MongoClient> {
  try {
    await new SystemClock().noLongerThan(openingMs, connection.asPromise());
  } catch (error) {
    throw unavailable('The MongoDB of connection', reasonOf(error));
  }
  const client = connection.getClient();
  if (client instanceof mongo.MongoClient && connection.readyState === CONNECTED) return client;
  if (typeof client === 'object' && client !== null && !(client instanceof mongo.MongoClient))
    throw new SettingsError('connection must be of the mongoose that this package uses; it is of another copy of it.');
  throw unavailable('The MongoDB of connection', 'the connection is not open');
}

/** Not the host's own database: the collections of both would meet there. */
function ownDatabase({ db }: HostConnection): string {
  const name = `${db?.databaseName}-task-runner`;
  if (isDatabaseName(name)) return name;
  throw new SettingsError(`database must be given: ${name} is too long for the name of a database.`);
}

/** A part of the host's pool, so that the engine does not wait for readers; 0 stands for a pool without a limit. */
const readersPlaces = (poolSize: number): number =>
  poolSize === 0 ? READERS_POOL : Math.max(1, Math.min(READERS_POOL, Math.floor(poolSize / 4)));
