import type { mongo } from 'mongoose';
import type { CollectionName } from '../mongo-collections.js';
import { dropIndex } from './drop-index.js';
import type { Migration } from './migration.js';

/** Indexes that held every document; those in their place hold some, or there is none. */
const REPLACED: readonly (readonly [CollectionName, string])[] = [
  ['runs', 'state'],
  ['runs', 'finished'],
  ['logs', 'run'],
];

/** Drops indexes that are declared with fewer entries, or not at all, from now on. */
export const dropReplacedIndexes: Migration = async (collections) => {
  for (const [name, index] of REPLACED) await dropIndex(collections.of(name), index, (found) => !isPartial(found));
};

const isPartial = (index: mongo.IndexDescriptionInfo): boolean => index.partialFilterExpression !== undefined;
