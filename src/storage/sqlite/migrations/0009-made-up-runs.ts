import type { Migration } from './migration.js';

/** What is made up for, and what there is to make up for. */
export const madeUpRuns: Migration = {
  version: 9,
  statements: [
    // RunStore.madeUp
    "CREATE INDEX backfilled_runs ON runs (task_id, scheduled_for) WHERE trigger = 'backfill'",
  ],
};
