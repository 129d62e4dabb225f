import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collections of what has yet to be told. */
export const createOutbox: Migration = (collections) =>
  createMissing(collections, ['outbox', 'outboxMarks', 'outboxLosses']);
