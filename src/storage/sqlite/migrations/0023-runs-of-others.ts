import type { Migration } from './migration.js';

/** Finds the unfinished runs of a task that somebody holds without a look at those that wait and that nobody holds. */
export const runsOfOthers: Migration = {
  version: 23,
  statements: [
    'DROP INDEX unfinished_runs_of_task',
    // RunStore.unfinishedOf, of all owners and of others
    'CREATE INDEX unfinished_runs_of_task ON runs (task_id, owner) WHERE unfinished = 1',
  ],
};
