import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection of what instances may begin. */
export const createStartLimits: Migration = (collections) => createMissing(collections, ['startLimits']);
