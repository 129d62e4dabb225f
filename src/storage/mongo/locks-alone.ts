import { createConnection, type mongo } from 'mongoose';
import type { Durability } from '../../settings/settings.js';
import { repairDriver } from './driver-repair.js';
import { connectionOptions } from './mongo-connection.js';
import { MongoLockStore } from './mongo-lock.store.js';
import type { LockDocument, MongoCollections } from './mongo-collections.js';

/** How long a renewal may take before another one is sent. */
const PATIENCE_MS = 5000;

/** The lock store over a connection of its own, which runs one command at a time. */
export async function openLocks(uri: string, durability: Durability): Promise<MongoLockStore> {
  repairDriver();
  const own = { maxPoolSize: 1, socketTimeoutMS: PATIENCE_MS, appName: 'scheduled-task-runner locks' };
  const connection = await createConnection(uri, { ...connectionOptions(uri, durability), ...own }).asPromise();
  const locks = connection.collection('locks') as unknown as mongo.Collection<LockDocument>;
  return new MongoLockStore({ locks } as MongoCollections);
}
