import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection for figures per minute. */
export const createFigures: Migration = (collections) => createMissing(collections, ['figures']);
