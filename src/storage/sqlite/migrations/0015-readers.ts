import type { Migration } from './migration.js';

/** Lists read along an index in their own order, or check a bounded part of it. */
export const readers: Migration = {
  version: 15,
  statements: [
    // RunReads.list by state; without succeeded runs, which every list is full of
    "CREATE INDEX unrun_runs ON runs (organization, state, id) WHERE state IN ('cancelled', 'skipped', 'missed')",
    // RunReads.list by trigger; without scheduled runs, which every list is full of
    "CREATE INDEX asked_runs ON runs (organization, trigger, id) WHERE trigger <> 'schedule'",
    'DROP INDEX tasks_by_state',
    // TaskReads.list by state, countByState, StatsReads.tasksByState
    'CREATE INDEX tasks_by_state ON tasks (state, organization, id)',
  ],
};
