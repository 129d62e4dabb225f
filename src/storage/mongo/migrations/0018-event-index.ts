import type { MongoCollections } from '../mongo-collections.js';
import { createIndexesOf } from '../mongo-indexes.js';
import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

const FORMER = 'event';

/**
 * Creates what finds tasks by what an event looks like. Those that are there, and those that an older program writes, are
 * found by the type of the event alone, until they are written again.
 */
export const indexEvents: Migration = async (collections) => {
  await createMissing(collections, ['eventShapes']);
  await createIndexesOf(collections, 'tasks');
  await dropFormer(collections);
};

async function dropFormer({ tasks }: MongoCollections): Promise<void> {
  if (!(await tasks.indexExists(FORMER))) return;
  try {
    await tasks.dropIndex(FORMER);
  } catch (error) {
    // Another instance that is starting may have been faster.
    if (await tasks.indexExists(FORMER)) throw error;
  }
}
