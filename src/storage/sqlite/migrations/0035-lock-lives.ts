import type { Migration } from './migration.js';

/**
 * For how long a lock was taken, by which a clock that was set back since is noticed. Null from programs that do not know
 * of it.
 */
export const lockLives: Migration = {
  version: 35,
  statements: ['ALTER TABLE locks ADD COLUMN life_ms INTEGER'],
};
