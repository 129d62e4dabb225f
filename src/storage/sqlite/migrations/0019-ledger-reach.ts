import type { Migration } from './migration.js';

/** Of the stretches of a ledger those that reach over an instant are found without a walk from its beginning. */
export const ledgerReach: Migration = {
  version: 19,
  statements: [
    // RunReads.ledger: what begins before the range, by how many digits it is long
    'CREATE INDEX ledger_by_reach ON ledger (task_id, length(to_at - from_at), from_at)',
  ],
};
