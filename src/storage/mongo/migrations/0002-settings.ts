import { mongo } from 'mongoose';
import type { Migration } from './migration.js';

const NAMESPACE_EXISTS = 48;

/** Creates the collection of what organizations have set. */
export const createSettings: Migration = async ({ connection }) => {
  try {
    await connection.createCollection('settings');
  } catch (error) {
    if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
  }
};
