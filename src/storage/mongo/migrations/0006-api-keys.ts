import { mongo } from 'mongoose';
import type { Migration } from './migration.js';

const NAMESPACE_EXISTS = 48;

/** Creates the collection of API keys. */
export const createApiKeys: Migration = async ({ connection }) => {
  try {
    await connection.createCollection('apiKeys');
  } catch (error) {
    if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
  }
};
