import { mongo } from 'mongoose';
import type { CollectionName } from '../mongo-collections.js';
import type { Migration } from './migration.js';

const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;

const REPLACED: readonly (readonly [CollectionName, string])[] = [
  ['tasks', 'wake'],
  ['runs', 'state'],
  ['runs', 'finished'],
  ['logs', 'run'],
];

const isMissing = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && [NAMESPACE_NOT_FOUND, INDEX_NOT_FOUND].includes(Number(error.code));

/** Drops indexes that are declared with fewer entries, or not at all, from now on. */
export const dropReplacedIndexes: Migration = async (collections) => {
  for (const [collection, index] of REPLACED) {
    await collections
      .of(collection)
      .dropIndex(index)
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }
};
