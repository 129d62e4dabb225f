import type { MongoCollections } from '../mongo-collections.js';
import { createIndexesOf } from '../mongo-indexes.js';
import type { Migration } from './migration.js';

const FORMER = 'dueOfOrganizationByNeed';

/** Creates the indexes that sort the tasks of an organization; that of what is due becomes one of them. */
export const sortTasks: Migration = async (collections) => {
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
