import type { LedgerEntry } from './ledger.js';
import type { Run } from './run.js';
import type { Occurrence, TaskState } from './task.js';

/**
 * A claimed due occurrence: the run to record (null when it does not run), the ledger entries of occurrences that did
 * not run, and the task's next state. Stored as a whole or not at all.
 */
export interface Claim {
  organization: string;
  taskId: string;
  /** The task changes only while it has this generation … */
  generation: number;
  /** … and this next occurrence. */
  scheduledFor: number;
  /** When the last occurrence that the claim decides about is due; the task stores it as `claimedUntil`. */
  dueAt: number;
  /** A claim with a run also increments the task's count of runs. */
  run: Run | null;
  ledger: readonly LedgerEntry[];
  next: Occurrence | null;
  state: TaskState;
}

/**
 * `opened`: the run is this caller's and the task has moved on. This includes a pending run with this id from an
 * earlier generation, which is void and replaced. `taken`: another run with this id exists; this call or an earlier one
 * moved the task on. `stale`: the task has another generation or next occurrence, or is gone; nothing of the claim is
 * stored.
 */
export type ClaimResult = 'opened' | 'taken' | 'stale';

/** The ids of the tasks of claims that were stored; `results` in the order of the claims. */
export const tasksMovedBy = (claims: readonly Claim[], results: readonly ClaimResult[]): Set<string> =>
  new Set(claims.flatMap(({ taskId }, index) => (results[index] === 'stale' ? [] : taskId)));
