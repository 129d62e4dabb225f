import type { Migration } from './migration.js';

/** The chains of audit entries. `body` is canonical JSON; it contains the hash of the previous entry. */
export const auditTrail: Migration = {
  version: 5,
  statements: [
    `CREATE TABLE audit_entries (
      organization TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      body TEXT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (organization, sequence)
    )`,
    // AuditStore.list by actor
    'CREATE INDEX audit_entries_by_actor ON audit_entries (organization, actor, sequence)',
    // AuditStore.list by action, last of an action
    'CREATE INDEX audit_entries_by_action ON audit_entries (organization, action, sequence)',
    // AuditStore.organizationsBefore
    'CREATE INDEX audit_entries_by_age ON audit_entries (at, organization)',

    // AuditStore.list by object
    `CREATE TABLE audit_objects (
      organization TEXT NOT NULL, object TEXT NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (organization, object, sequence)
    ) WITHOUT ROWID`,
    // AuditStore.list: the objects of an entry
    'CREATE INDEX audit_objects_of_entry ON audit_objects (organization, sequence)',

    `CREATE TABLE audit_checkpoints (
      organization TEXT NOT NULL,
      kind TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      hash TEXT NOT NULL,
      key_id TEXT NOT NULL,
      signature TEXT NOT NULL,
      PRIMARY KEY (organization, kind)
    ) WITHOUT ROWID`,

    // AuditStore.outcomesUntil: one row
    'CREATE TABLE audit_outcomes (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL, run_id TEXT NOT NULL)',
  ],
};
