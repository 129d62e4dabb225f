import type { Migration } from './migration.js';

/**
 * Due tasks by their ids within an instant: those made one after the other are claimed together, and so do a commit's rows
 * lie side by side.
 */
export const dueOrder: Migration = {
  version: 13,
  statements: [
    'DROP INDEX due_tasks',
    // TaskStore.dueBetween, of all tasks and of some shards
    'CREATE INDEX due_tasks ON tasks (wake_at, id, shard) WHERE wake_at IS NOT NULL',
  ],
};
