/** Why a stretch of occurrences did not run. */
export type LedgerOutcome = 'skipped' | 'missed' | 'coalesced';

/**
 * One entry for a stretch of consecutive occurrences that did not run, whatever their number. Epoch ms, both inclusive.
 */
export interface LedgerEntry {
  organization: string;
  taskId: string;
  from: number;
  to: number;
  count: number;
  outcome: LedgerOutcome;
  reason: string;
}
