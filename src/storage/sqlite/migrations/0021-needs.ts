import type { Migration } from './migration.js';

const ACTION = "details -> '$.definition.action'";
const IS_HANDLER = `CASE WHEN json_valid(details) THEN ${ACTION} ->> '$.type' = 'handler' ELSE 0 END`;

/** What an instance must work to run a task: its queue and its skill, null for what nearly every instance works. */
export const needs: Migration = {
  version: 21,
  statements: [
    'ALTER TABLE tasks ADD COLUMN queue TEXT',
    'ALTER TABLE tasks ADD COLUMN skill TEXT',
    `UPDATE tasks SET skill = (
      SELECT 'handler:' || (${ACTION} ->> '$.name') FROM task_details WHERE task_details.number = tasks.number AND ${IS_HANDLER}
    )`,
    'DROP INDEX due_tasks',
    // TaskStore.dueBetween, of all tasks, of some shards, and of those that an instance can run
    'CREATE INDEX due_tasks ON tasks (wake_at, id, shard, skill, queue) WHERE wake_at IS NOT NULL',
    'DROP INDEX due_tasks_of_organization',
    // TaskStore.dueBetween of one organization, and in turns
    `CREATE INDEX due_tasks_of_organization ON tasks (organization, wake_at, id, shard, skill, queue)
      WHERE wake_at IS NOT NULL`,
    'ALTER TABLE runs ADD COLUMN queue TEXT',
    'ALTER TABLE runs ADD COLUMN skill TEXT',
    `UPDATE runs SET (queue, skill) = (SELECT queue, skill FROM tasks WHERE tasks.id = runs.task_id)
      WHERE unfinished = 1`,
  ],
};
