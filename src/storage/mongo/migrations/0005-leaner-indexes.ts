import type { mongo } from 'mongoose';
import type { CollectionName } from '../mongo-collections.js';
import type { Migration } from './migration.js';

/** Indexes that contained every document; their successors contain some, or there is no successor. */
const REPLACED: readonly (readonly [CollectionName, string])[] = [
  ['runs', 'state'],
  ['runs', 'finished'],
  ['logs', 'run'],
];

/** Drops indexes that are now declared with fewer entries, or no longer declared. */
export const dropReplacedIndexes: Migration = async (collections) => {
  for (const [name, index] of REPLACED) {
    const collection = collections.of(name);
    const isThere = async () => (await collection.indexes()).some((found) => found.name === index && !isPartial(found));
    if (!(await isThere())) continue;
    await collection.dropIndex(index).catch(async (error: unknown) => {
      // Another instance may have been faster; servers report that in more than one way.
      if (await isThere()) throw error;
    });
  }
};

const isPartial = (index: mongo.IndexDescriptionInfo): boolean => index.partialFilterExpression !== undefined;
