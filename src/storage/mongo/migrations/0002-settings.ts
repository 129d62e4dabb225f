import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection for the settings of organizations. */
export const createSettings: Migration = (collections) => createMissing(collections, ['settings']);
