import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection of the figures of minutes. */
export const createFigures: Migration = (collections) => createMissing(collections, ['figures']);
