import type { JsonObject } from '../domain/json.js';
import type { LedgerOutcome } from '../domain/ledger.js';
import type { RunState } from '../domain/run.js';

/** What becomes of an occurrence beside the states of runs and the outcomes of the ledger. */
export const FURTHER_OUTCOMES = ['upcoming', 'overdue', 'none'] as const;

export type ExplainedOutcome = RunState | LedgerOutcome | (typeof FURTHER_OUTCOMES)[number];

export const EVIDENCE_TYPES = [
  'task',
  'trigger',
  'run',
  'attempt',
  'ledger',
  'policy',
  'calendar',
  'pool',
  'instance',
] as const;

/** What an explanation comes down to, for programs. */
export const CAUSE_CODES = [
  'on-time',
  'not-due',
  'starting',
  'retry',
  'unclaimed',
  'no-instance',
  'no-place',
  'share',
  'reserve',
  'pool',
  'overlap',
  'instance-lost',
  'failed',
  'timed-out',
  'deadline',
  'start-deadline',
  'cancelled',
  'misfire',
  'paused',
  'changed',
  'calendar',
  'window',
  'max-runs',
  'completed',
  'no-trigger',
  'unknown-trigger',
  'set-aside',
  'before',
  'not-kept',
  'other',
] as const;
export type CauseCode = (typeof CAUSE_CODES)[number];

/** Something that an explanation rests on, in words and in data, whose instants are ISO 8601 in UTC. */
export interface Evidence {
  type: (typeof EVIDENCE_TYPES)[number];
  detail: string;
  data: JsonObject;
}

/** What became or becomes of an occurrence, why, and what would have to change. */
export interface Story {
  outcome: ExplainedOutcome;
  code: CauseCode;
  /** The cause in a few words. */
  reason: string;
  /** What happened, and why. */
  sentence: string;
  /** What would have to change; null where nothing has to. */
  advice: string | null;
  evidence: Evidence[];
}

/** The story of the occurrence nearest to an instant. */
export interface Explanation extends Story {
  /** Its nominal time (epoch ms); where there is no occurrence, the instant that was asked about. */
  at: number;
}

/** Why something is as it is: for programs, in a few words, in a sentence, and in another one what would have to change. */
export interface Cause {
  code: CauseCode;
  reason: string;
  words: string;
  advice: string | null;
}
