import type { Migration } from './migration.js';

/** Finds the first ones of very many runs of a task that somebody holds. */
export const runsBeside: Migration = {
  version: 26,
  statements: [
    'DROP INDEX unfinished_runs_of_task',
    // RunStore.unfinishedOf, heldElsewhere, and heldBeside by what is due first
    'CREATE INDEX unfinished_runs_of_task ON runs (task_id, owner, trigger, due_at) WHERE unfinished = 1',
    // RunStore.heldBeside, and busyAmong: what has begun, or was begun before by somebody else
    "CREATE INDEX begun_runs_of_task ON runs (task_id, owner) WHERE unfinished = 1 AND (state <> 'pending' OR attempt > 1)",
  ],
};
