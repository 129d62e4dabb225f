import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection for the start limits of instances. */
export const createStartLimits: Migration = (collections) => createMissing(collections, ['startLimits']);
