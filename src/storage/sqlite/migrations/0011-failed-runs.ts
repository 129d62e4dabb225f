import type { Migration } from './migration.js';

/** Finds the failed runs that can be run again. */
export const failedRuns: Migration = {
  version: 11,
  statements: [
    // RunStore.failed
    "CREATE INDEX failed_runs ON runs (organization, id) WHERE state IN ('failed', 'timed_out')",
  ],
};
