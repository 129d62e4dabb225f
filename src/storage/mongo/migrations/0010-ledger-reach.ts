import type { Migration } from './migration.js';

/** Says of each entry of the ledger how far it reaches, by which those are found that reach over an instant. */
export const measureLedger: Migration = async ({ ledger }) => {
  const digits = { $strLenBytes: { $toString: { $toLong: { $subtract: ['$to', '$from'] } } } };
  await ledger.updateMany({ digits: { $exists: false } }, [{ $set: { digits } }]);
};
