import type { Migration } from './migration.js';

/** How many of a task's occurrences were claimed to run, and until when they are claimed. */
export const countedRuns: Migration = {
  version: 3,
  statements: [
    'ALTER TABLE tasks ADD COLUMN scheduled_runs INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE tasks ADD COLUMN claimed_until INTEGER',
  ],
};
