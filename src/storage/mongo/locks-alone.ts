import { createConnection, type mongo } from 'mongoose';
import type { Durability } from '../../settings/settings.js';
import { repairDriver } from './driver-repair.js';
import { connectionOptions } from './mongo-connection.js';
import { MongoLockStore } from './mongo-lock.store.js';
import type { LockDocument, MongoCollections } from './mongo-collections.js';

/** How long a renewal may take before another one is sent. */
const PATIENCE_MS = 5000;

/** The locks over a connection of their own, which asks one thing at a time. */
export async function openLocks(uri: string, durability: Durability): Promise<MongoLockStore> {
  repairDriver();
  const { uri: _uri, lazyConnection, connectionFactory, ...options } = connectionOptions(uri, durability);
  const own = { maxPoolSize: 1, socketTimeoutMS: PATIENCE_MS, appName: 'scheduled-task-runner locks' };
  const connection = await createConnection(uri, { ...options, ...own }).asPromise();
  const locks = connection.collection('locks') as unknown as mongo.Collection<LockDocument>;
  return new MongoLockStore({ locks } as MongoCollections);
}
