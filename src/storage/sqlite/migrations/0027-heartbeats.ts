import type { Migration } from './migration.js';

/** Room for the last sign of life of a run that waits for its call-back. */
export const heartbeats: Migration = {
  version: 27,
  statements: ['ALTER TABLE runs ADD COLUMN heartbeat TEXT'],
};
