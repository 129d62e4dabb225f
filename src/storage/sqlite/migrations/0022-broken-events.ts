import type { Migration } from './migration.js';

/** Finds the events whose state cannot be read, so that they can be removed. */
export const brokenEvents: Migration = {
  version: 22,
  statements: [
    // EventStore.purge; empty unless somebody damaged the table
    'CREATE INDEX broken_events ON events (received_at) WHERE dispatched NOT IN (0, 1)',
  ],
};
