import type { Migration } from './migration.js';

/**
 * Sorts due tasks of one instant by id: tasks created in sequence are claimed together, so the rows of a commit lie
 * close together.
 */
export const dueOrder: Migration = {
  version: 13,
  statements: [
    'DROP INDEX due_tasks',
    // TaskStore.dueBetween, of all tasks and of some shards
    'CREATE INDEX due_tasks ON tasks (wake_at, id, shard) WHERE wake_at IS NOT NULL',
  ],
};
