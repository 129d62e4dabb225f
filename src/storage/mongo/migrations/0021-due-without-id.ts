import { createIndexesOf } from '../mongo-indexes.js';
import type { Migration } from './migration.js';

/** Creates the index of what is due of an organization again, as it was before it ended with the id. */
export const findDueWithoutId: Migration = (collections) => createIndexesOf(collections, 'tasks');
