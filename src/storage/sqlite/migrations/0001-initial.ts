import type { Migration } from './migration.js';

/**
 * Instants are epoch milliseconds. `details`, `origin` and `progress` are JSON with data that no query needs. Each
 * index is named after the query that it serves, and nothing else needs it.
 */
export const initial: Migration = {
  version: 1,
  statements: [
    `CREATE TABLE tasks (
      id TEXT PRIMARY KEY,
      organization TEXT NOT NULL,
      folded_name TEXT NOT NULL,
      state TEXT NOT NULL,
      generation INTEGER NOT NULL,
      next_scheduled_for INTEGER,
      next_due_at INTEGER,
      paused_until INTEGER,
      wake_at INTEGER,
      details TEXT NOT NULL
    )`,
    // TaskStore.list: an organization's tasks by id
    'CREATE INDEX tasks_of_organization ON tasks (organization, id)',
    // TaskStore.dueBetween
    'CREATE INDEX tasks_by_wake ON tasks (wake_at) WHERE wake_at IS NOT NULL',
    // TaskStore.countByState
    'CREATE INDEX tasks_by_state ON tasks (state)',

    // TaskStore.forEvent
    `CREATE TABLE task_events (
      organization TEXT NOT NULL, event TEXT NOT NULL, task_id TEXT NOT NULL,
      PRIMARY KEY (organization, event, task_id)
    ) WITHOUT ROWID`,
    // TaskStore.list by tag
    `CREATE TABLE task_tags (
      organization TEXT NOT NULL, tag TEXT NOT NULL, task_id TEXT NOT NULL,
      PRIMARY KEY (organization, tag, task_id)
    ) WITHOUT ROWID`,

    `CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      organization TEXT NOT NULL,
      task_id TEXT NOT NULL,
      trigger TEXT NOT NULL,
      scheduled_for INTEGER NOT NULL,
      origin TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'pending',
      unfinished INTEGER NOT NULL DEFAULT 1,
      due_at INTEGER NOT NULL,
      owner TEXT,
      attempt INTEGER NOT NULL,
      started_at INTEGER,
      finished_at INTEGER,
      progress TEXT NOT NULL DEFAULT '{"attempts":[],"latenessMs":null,"output":null,"reason":null}',
      cancel_requested INTEGER NOT NULL DEFAULT 0
    )`,
    // RunStore.list: an organization's runs by id
    'CREATE INDEX runs_of_organization ON runs (organization, id)',
    // RunStore.list of a task
    'CREATE INDEX runs_of_task ON runs (task_id, id)',
    // RunStore.unfinishedOf
    'CREATE INDEX unfinished_runs_of_task ON runs (task_id) WHERE unfinished = 1',
    // RunStore.owners, heldBy, cancelRequests; without the due instant, so that an owner's updates leave it alone
    'CREATE INDEX unfinished_runs_of_owner ON runs (owner) WHERE unfinished = 1 AND owner IS NOT NULL',
    // RunStore.unowned
    'CREATE INDEX unowned_runs ON runs (due_at) WHERE unfinished = 1 AND owner IS NULL',
    // RunStore.purge
    'CREATE INDEX finished_runs ON runs (finished_at) WHERE finished_at IS NOT NULL',

    `CREATE TABLE ledger (
      organization TEXT NOT NULL,
      task_id TEXT NOT NULL,
      from_at INTEGER NOT NULL,
      to_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      reason TEXT NOT NULL
    )`,
    // RunStore.ledger: stretches of one task did not overlap yet, so their ends sorted like their starts
    'CREATE INDEX ledger_of_task ON ledger (task_id, to_at)',

    `CREATE TABLE log_chunks (
      run_id TEXT NOT NULL,
      first_sequence INTEGER NOT NULL,
      last_sequence INTEGER NOT NULL,
      organization TEXT NOT NULL,
      entries TEXT NOT NULL,
      PRIMARY KEY (run_id, first_sequence)
    )`,

    `CREATE TABLE locks (key TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
    // LockStore.renew
    'CREATE INDEX locks_of_owner ON locks (owner)',

    `CREATE TABLE events (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      data TEXT NOT NULL,
      received_at INTEGER NOT NULL,
      dispatched INTEGER NOT NULL,
      PRIMARY KEY (organization, id)
    )`,
    // EventStore.undispatched
    'CREATE INDEX undispatched_events ON events (received_at) WHERE dispatched = 0',
    // EventStore.purge
    'CREATE INDEX dispatched_events ON events (received_at) WHERE dispatched = 1',

    `CREATE TABLE idempotent_requests (
      organization TEXT NOT NULL,
      route TEXT NOT NULL,
      key TEXT NOT NULL,
      body_hash TEXT NOT NULL,
      begun_at INTEGER NOT NULL,
      response TEXT,
      PRIMARY KEY (organization, route, key)
    )`,
    // IdempotencyStore.purge
    'CREATE INDEX idempotent_requests_by_age ON idempotent_requests (begun_at)',

    'CREATE TABLE instances (id TEXT PRIMARY KEY, details TEXT NOT NULL) WITHOUT ROWID',
  ],
};
