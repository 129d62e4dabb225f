import type { Migration } from './migration.js';

const UPDATED = "CASE WHEN json_valid(details) THEN coalesce(details ->> '$.updatedAt', 0) ELSE 0 END";
const OWNER = '(SELECT organization FROM tasks WHERE tasks.number = task_details.number)';

/**
 * What sorts the tasks of an organization, with their details, since claims write the rows of the tasks themselves. By
 * triggers, so that it is right for tasks that an older program writes, too.
 */
export const taskOrders: Migration = {
  version: 34,
  statements: [
    // Not `organization`: in the joins of older programs that would be ambiguous.
    'ALTER TABLE task_details ADD COLUMN owner TEXT',
    'ALTER TABLE task_details ADD COLUMN updated_at INTEGER',
    `UPDATE task_details SET owner = ${OWNER}, updated_at = ${UPDATED}`,
    // TaskStore.sorted by name
    'CREATE INDEX tasks_by_name ON task_details (owner, folded_name)',
    // TaskStore.sorted by the last change
    'CREATE INDEX tasks_by_update ON task_details (owner, updated_at)',
    // TaskStore.sorted by the next occurrence: those without one
    'CREATE INDEX tasks_without_next ON tasks (organization, id) WHERE wake_at IS NULL',
    `CREATE TRIGGER task_details_new AFTER INSERT ON task_details
      BEGIN UPDATE task_details SET owner = ${OWNER}, updated_at = ${UPDATED} WHERE number = new.number; END`,
    `CREATE TRIGGER task_details_changed AFTER UPDATE OF details ON task_details
      BEGIN UPDATE task_details SET updated_at = ${UPDATED} WHERE number = new.number; END`,
  ],
};
