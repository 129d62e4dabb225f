import { createIndexesOf } from '../mongo-indexes.js';
import type { Migration } from './migration.js';

const FORMER = 'unfinished';

/** Replaces the index of the unfinished runs of a task by one that is in the order of their holders. */
export const orderUnfinished: Migration = async (collections) => {
  const { runs } = collections;
  await createIndexesOf(collections, 'runs');
  if (!(await runs.indexExists(FORMER))) return;
  try {
    await runs.dropIndex(FORMER);
  } catch (error) {
    // Another instance that is starting may have been faster.
    if (await runs.indexExists(FORMER)) throw error;
  }
};
