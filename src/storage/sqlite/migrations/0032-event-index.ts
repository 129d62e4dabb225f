import type { Migration } from './migration.js';

/**
 * The terms under which tasks that wait for events are found. What is there, and what an older program writes, is found by
 * the type of the event alone, until it is written again.
 */
export const eventIndex: Migration = {
  version: 32,
  statements: [
    `CREATE TABLE event_shapes (
      organization TEXT NOT NULL, shape TEXT NOT NULL, PRIMARY KEY (organization, shape)
    ) WITHOUT ROWID`,
    // TaskStore.forEvent with terms
    `CREATE TABLE event_terms (
      organization TEXT NOT NULL, term TEXT NOT NULL, task_id TEXT NOT NULL, PRIMARY KEY (organization, term, task_id)
    ) WITHOUT ROWID`,
    // The triggers below
    'CREATE INDEX event_terms_of_task ON event_terms (task_id)',
    "INSERT INTO event_terms SELECT organization, event || '#', task_id FROM task_events",
    `CREATE TRIGGER event_terms_by_type AFTER INSERT ON task_events
      WHEN NOT EXISTS (SELECT 1 FROM event_terms WHERE task_id = new.task_id AND term >= new.event || '#' AND term < new.event || '$')
      BEGIN INSERT INTO event_terms VALUES (new.organization, new.event || '#', new.task_id); END`,
    `CREATE TRIGGER event_terms_gone AFTER DELETE ON task_events
      BEGIN DELETE FROM event_terms WHERE task_id = old.task_id; END`,
  ],
};
