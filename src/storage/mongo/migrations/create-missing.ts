import { mongo } from 'mongoose';
import type { MongoCollections } from '../mongo-collections.js';

const NAMESPACE_EXISTS = 48;

/** Creates the collections that do not exist yet. */
export async function createMissing({ connection }: MongoCollections, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await connection.createCollection(name);
    } catch (error) {
      if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    }
  }
}
