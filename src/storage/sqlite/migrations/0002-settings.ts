import type { Migration } from './migration.js';

/** The settings of organizations; `settings` is JSON. */
export const organizationSettings: Migration = {
  version: 2,
  statements: [
    `CREATE TABLE organization_settings (
      organization TEXT PRIMARY KEY, version INTEGER NOT NULL, settings TEXT NOT NULL
    ) WITHOUT ROWID`,
  ],
};
