import type { Migration } from './migration.js';

/**
 * Splits tasks into two tables: columns that change with each claim, in short rows that share pages, and columns that
 * change only with the task. A commit writes whole pages: before, a thousand claims touched a thousand rows of a
 * kilobyte.
 */
export const taskDetails: Migration = {
  version: 12,
  breaks: true,
  statements: [
    'CREATE TABLE task_details (number INTEGER PRIMARY KEY, folded_name TEXT NOT NULL, details TEXT NOT NULL)',
    'INSERT INTO task_details (number, folded_name, details) SELECT rowid, folded_name, details FROM tasks',
    `CREATE TABLE narrow_tasks (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      organization TEXT NOT NULL,
      state TEXT NOT NULL,
      generation INTEGER NOT NULL,
      next_scheduled_for INTEGER,
      next_due_at INTEGER,
      paused_until INTEGER,
      wake_at INTEGER,
      scheduled_runs INTEGER NOT NULL,
      claimed_until INTEGER,
      shard INTEGER NOT NULL
    )`,
    `INSERT INTO narrow_tasks (number, id, organization, state, generation, next_scheduled_for, next_due_at,
        paused_until, wake_at, scheduled_runs, claimed_until, shard)
      SELECT rowid, id, organization, state, generation, next_scheduled_for, next_due_at,
        paused_until, wake_at, scheduled_runs, claimed_until, shard FROM tasks`,
    'DROP TABLE tasks',
    'ALTER TABLE narrow_tasks RENAME TO tasks',
    // TaskStore.list: an organization's tasks by id
    'CREATE INDEX tasks_of_organization ON tasks (organization, id)',
    // TaskStore.dueBetween, of all tasks and of some shards
    'CREATE INDEX due_tasks ON tasks (wake_at, shard) WHERE wake_at IS NOT NULL',
    // TaskStore.countByState, StatsStore.tasksByState
    'CREATE INDEX tasks_by_state ON tasks (state, organization)',
  ],
};
