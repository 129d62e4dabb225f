import type { LedgerOutcome } from '../domain/ledger.js';
import type { RunState } from '../domain/run.js';

/** What became of an occurrence: the state of its run, or why it has none. */
export type Outcome = RunState | LedgerOutcome;

/** The outcomes and what is planned, the worst first: it decides how a cell looks. */
export const WORST_FIRST = [
  'failed',
  'timed_out',
  'missed',
  'skipped',
  'cancelled',
  'coalesced',
  'retrying',
  'running',
  'pending',
  'succeeded',
  'planned',
] as const satisfies readonly (Outcome | 'planned')[];
export type Worst = (typeof WORST_FIRST)[number];

const RANKS = new Map<string, number>(WORST_FIRST.map((outcome, rank) => [outcome, rank]));

/** Whether the first outcome is worse than the second. */
export const isWorse = (outcome: Worst, than: Worst): boolean => RANKS.get(outcome)! < RANKS.get(than)!;
