import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection of what organizations have set. */
export const createSettings: Migration = (collections) => createMissing(collections, ['settings']);
