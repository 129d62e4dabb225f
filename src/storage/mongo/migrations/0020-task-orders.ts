import { createIndexesOf } from '../mongo-indexes.js';
import type { Migration } from './migration.js';

/** Creates the indexes that sort the tasks of an organization; that of what is due becomes one of them. */
export const sortTasks: Migration = (collections) => createIndexesOf(collections, 'tasks');
