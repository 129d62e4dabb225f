import type { Migration } from './migration.js';

/** What a run carries, where it is large: runs that wait are read without it. Runs of older versions keep it in `origin`. */
export const runPayloads: Migration = {
  version: 31,
  statements: ['ALTER TABLE runs ADD COLUMN payload TEXT'],
};
