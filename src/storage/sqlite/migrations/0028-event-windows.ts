import type { Migration } from './migration.js';

/** The windows of event triggers; `held` is JSON. */
export const eventWindows: Migration = {
  version: 28,
  statements: [
    `CREATE TABLE event_windows (
      id TEXT PRIMARY KEY, organization TEXT NOT NULL, task_id TEXT NOT NULL, shard INTEGER NOT NULL, version TEXT NOT NULL,
      due_at INTEGER NOT NULL, bytes INTEGER NOT NULL, held TEXT NOT NULL
    )`,
    // EventWindowStore.due, of all organizations and in turns
    'CREATE INDEX event_windows_due ON event_windows (due_at, shard)',
    'CREATE INDEX event_windows_in_turns ON event_windows (organization, due_at, shard)',
    // EventWindowStore.ofTask and usage
    'CREATE INDEX event_windows_of_task ON event_windows (organization, task_id, id DESC, bytes)',
  ],
};
