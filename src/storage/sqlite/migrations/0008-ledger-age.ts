import type { Migration } from './migration.js';

/** The ledger is kept as long as the runs. */
export const ledgerAge: Migration = {
  version: 8,
  statements: [
    // RunStore.purgeLedger
    'CREATE INDEX ledger_by_age ON ledger (to_at)',
  ],
};
