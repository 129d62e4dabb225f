import type { Migration } from './migration.js';

/** The ledger is read in the order of its stretches' starts, since stretches with different reasons may overlap. */
export const ledgerOrder: Migration = {
  version: 6,
  statements: [
    'DROP INDEX ledger_of_task',
    // RunStore.ledger
    'CREATE INDEX ledger_of_task ON ledger (task_id, from_at, to_at)',
  ],
};
