import { mongo } from 'mongoose';
import type { Migration } from './migration.js';

const NAMESPACE_EXISTS = 48;

const COLLECTIONS = ['tasks', 'runs', 'ledger', 'locks', 'events', 'logs', 'idempotency', 'instances', 'meta'];

/** Creates the collections ahead of the first write, which would otherwise wait for it. */
export const createCollections: Migration = async ({ connection }) => {
  for (const name of COLLECTIONS) {
    try {
      await connection.createCollection(name);
    } catch (error) {
      if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    }
  }
};
