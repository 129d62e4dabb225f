import type { Migration } from './migration.js';

/** The figures of organizations per minute; `lateness` is JSON. */
export const figures: Migration = {
  version: 10,
  statements: [
    `CREATE TABLE figures (
      organization TEXT NOT NULL, minute INTEGER NOT NULL, instance TEXT NOT NULL,
      starts INTEGER NOT NULL, succeeded INTEGER NOT NULL, failed INTEGER NOT NULL, timed_out INTEGER NOT NULL,
      cancelled INTEGER NOT NULL, skipped INTEGER NOT NULL, missed INTEGER NOT NULL,
      lateness TEXT NOT NULL, worst_ms INTEGER NOT NULL,
      PRIMARY KEY (organization, minute, instance)
    ) WITHOUT ROWID`,
    // StatsStore.purge
    'CREATE INDEX figures_by_age ON figures (minute)',
    // TaskStore.countByState, StatsStore.tasksByState
    'DROP INDEX tasks_by_state',
    'CREATE INDEX tasks_by_state ON tasks (state, organization)',
  ],
};
