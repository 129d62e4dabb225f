import type { Migration } from './migration.js';

/**
 * Seals of audit entries, instants of checkpoints, and the births of trails, in a table apart from the other
 * checkpoints.
 */
export const sealedAudit: Migration = {
  version: 14,
  statements: [
    'ALTER TABLE audit_entries ADD COLUMN seal TEXT',
    'ALTER TABLE audit_checkpoints ADD COLUMN at INTEGER',
    // JSON of the first removed entry that was altered
    'ALTER TABLE audit_checkpoints ADD COLUMN broken TEXT',
    `CREATE TABLE audit_births (
      organization TEXT NOT NULL,
      kind TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      hash TEXT NOT NULL,
      key_id TEXT NOT NULL,
      signature TEXT NOT NULL,
      at INTEGER,
      broken TEXT,
      PRIMARY KEY (organization, kind)
    ) WITHOUT ROWID`,
  ],
};
