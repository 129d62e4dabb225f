import { type Connection, createConnection } from 'mongoose';
import { NoLockKeeper } from '../../locking/lock-keeper.js';
import type { Durability } from '../../settings/settings.js';
import { KeeperThread } from '../keeper-thread.js';
import type { OpenStorage } from '../storage.js';
import { repairDriver } from './driver-repair.js';
import { addModels, MongoCollections } from './mongo-collections.js';
import { connectionOptions, hostsOf, opened, READERS_POOL, readersOptions } from './mongo-connection.js';
import { prepare, served } from './mongo-ports.js';
import { ReadingCollections } from './reading-collections.js';

/** A database that is open. */
export interface OpenMongo extends OpenStorage {
  readonly connection: Connection;
}

/**
 * Opens the database over a mongoose connection of its own, and another one for readers. Rejects with a
 * `StoreUnavailableError` when the server is not found within five seconds; the stores recover from later outages on
 * their own.
 */
export async function openMongo(uri: string, durability: Durability = 'full'): Promise<OpenMongo> {
  repairDriver();
  const hosts = hostsOf(uri);
  const connection = addModels(createConnection(uri, connectionOptions(uri, durability)));
  const readers = addModels(createConnection(uri, readersOptions(uri, durability)));
  const close = async () => void (await Promise.allSettled([connection.close(), readers.close()]));
  try {
    await Promise.all([opened(connection, hosts), opened(readers, hosts)]);
    await prepare(new MongoCollections(connection), hosts);
  } catch (error) {
    await close();
    throw error;
  }
  const thread = KeeperThread.isPossible() ? new KeeperThread({ kind: 'mongo', uri, durability }) : null;
  const service = { hosts, readersPlaces: READERS_POOL };
  return {
    kind: hosts,
    connection,
    ...served(new MongoCollections(connection), new ReadingCollections(readers), service),
    keeper: thread ?? new NoLockKeeper(),
    close: async () => {
      await thread?.close();
      await close();
    },
  };
}
