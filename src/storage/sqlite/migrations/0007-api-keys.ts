import type { Migration } from './migration.js';

/** The API keys of programs, by their hash; `roles` is JSON. */
export const apiKeys: Migration = {
  version: 7,
  statements: [
    `CREATE TABLE api_keys (
      id TEXT PRIMARY KEY, organization TEXT NOT NULL, name TEXT NOT NULL, prefix TEXT NOT NULL UNIQUE,
      hash TEXT NOT NULL, roles TEXT NOT NULL, created_by TEXT NOT NULL, created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL, last_used_at INTEGER
    ) WITHOUT ROWID`,
    'CREATE INDEX api_keys_list ON api_keys (organization, id DESC)',
  ],
};
