import type { Migration } from './migration.js';

/** What has yet to be told to consumers, and how far each of them has got. */
export const outbox: Migration = {
  version: 24,
  statements: [
    `CREATE TABLE outbox (
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      at INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      consumers TEXT NOT NULL,
      messages TEXT NOT NULL,
      PRIMARY KEY (stream, sequence)
    )`,
    // OutboxStore.oldest and size, which reads nothing else
    'CREATE INDEX outbox_by_age ON outbox (at, bytes)',
    `CREATE TABLE outbox_marks (
      stream TEXT NOT NULL, consumer TEXT NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (stream, consumer)
    ) WITHOUT ROWID`,
    'CREATE TABLE outbox_losses (consumer TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID',
  ],
};
