import type { Migration } from './migration.js';

/** Until when each instance may start what it claimed ahead. */
export const startLimits: Migration = {
  version: 16,
  statements: ['CREATE TABLE start_limits (instance TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID'],
};
