import type { Migration } from './migration.js';

/** Where in a trace an event came from. */
export const eventTraces: Migration = {
  version: 33,
  statements: ['ALTER TABLE events ADD COLUMN trace TEXT'],
};
