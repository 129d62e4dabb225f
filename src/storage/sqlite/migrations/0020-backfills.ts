import type { Migration } from './migration.js';

/** Finds the end of the backfills of a task that are not done without reading all their runs. */
export const backfills: Migration = {
  version: 20,
  statements: [
    // RunReads.lastBackfillDue
    "CREATE INDEX waiting_backfills ON runs (task_id, due_at) WHERE trigger = 'backfill' AND unfinished = 1",
  ],
};
