import type { Migration } from './migration.js';

/** Indexes due tasks and runs by organization, so that one step skips the crowd of an organization. */
export const turns: Migration = {
  version: 17,
  statements: [
    // TaskStore.dueBetween of one organization, and in turns
    'CREATE INDEX due_tasks_of_organization ON tasks (organization, wake_at, id, shard) WHERE wake_at IS NOT NULL',
    // RunStore.unowned in turns
    'CREATE INDEX unowned_runs_of_organization ON runs (organization, due_at) WHERE unfinished = 1 AND owner IS NULL',
  ],
};
