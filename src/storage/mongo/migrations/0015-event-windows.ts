import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection of the windows of event triggers. */
export const createEventWindows: Migration = (collections) => createMissing(collections, ['eventWindows']);
