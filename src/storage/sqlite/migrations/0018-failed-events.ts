import type { Migration } from './migration.js';

/** How often an event could not be dispatched, why, and when that is tried again. */
export const failedEvents: Migration = {
  version: 18,
  statements: [
    'ALTER TABLE events ADD COLUMN tries INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE events ADD COLUMN retry_at INTEGER',
    'ALTER TABLE events ADD COLUMN failure TEXT',
    // EventStore.undispatched
    'CREATE INDEX events_to_dispatch ON events (coalesce(retry_at, received_at)) WHERE dispatched = 0',
  ],
};
