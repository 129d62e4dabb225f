import type { Migration } from './migration.js';

/** Finds the runs of backfills. */
export const madeUpRuns: Migration = {
  version: 9,
  statements: [
    // RunStore.madeUp
    "CREATE INDEX backfilled_runs ON runs (task_id, scheduled_for) WHERE trigger = 'backfill'",
  ],
};
