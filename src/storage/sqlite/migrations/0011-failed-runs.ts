import type { Migration } from './migration.js';

/** What there is to drive again. */
export const failedRuns: Migration = {
  version: 11,
  statements: [
    // RunStore.failed
    "CREATE INDEX failed_runs ON runs (organization, id) WHERE state IN ('failed', 'timed_out')",
  ],
};
