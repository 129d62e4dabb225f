import type { JsonObject } from '../domain/json.js';
import type { LedgerOutcome } from '../domain/ledger.js';
import type { RunState } from '../domain/run.js';

/** Outcomes besides the states of runs and the outcomes of the ledger. */
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
  'window',
] as const;

/** The cause as a code, for programs. */
export const CAUSE_CODES = [
  'on-time',
  'not-due',
  'starting',
  'retry',
  'unclaimed',
  'no-instance',
  'no-worker',
  'no-slot',
  'no-place',
  'queue-paused',
  'installation-paused',
  'share',
  'reserve',
  'memory',
  'pool',
  'rate',
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
  'skipped',
  'window',
  'max-runs',
  'completed',
  'no-trigger',
  'unknown-trigger',
  'set-aside',
  'before',
  'not-kept',
  'hook',
  'event-bounds',
  'gathering',
  'throttled',
  'other',
] as const;
export type CauseCode = (typeof CAUSE_CODES)[number];

/** A fact that supports an explanation, in words and as data; its instants are ISO 8601 in UTC. */
export interface Evidence {
  type: (typeof EVIDENCE_TYPES)[number];
  detail: string;
  data: JsonObject;
}

/** What happened or will happen to an occurrence, why, and what would have to change. */
export interface Story {
  outcome: ExplainedOutcome;
  code: CauseCode;
  /** The cause in a few words. */
  reason: string;
  /** What happened, and why. */
  sentence: string;
  /** What would have to change; null when nothing has to. */
  advice: string | null;
  evidence: Evidence[];
}

/** The story of the occurrence nearest to an instant. */
export interface Explanation extends Story {
  /** Its nominal time (epoch ms); without an occurrence, the instant of the question. */
  at: number;
}

/** A cause: a code for programs, a few words, a sentence, and what would have to change. */
export interface Cause {
  code: CauseCode;
  reason: string;
  words: string;
  advice: string | null;
}
