import type { Attempt } from '../domain/run.js';
import type { LogEntry } from './log.store.js';

/** Room for this many entries per attempt in the sequence; more are counted and left out. */
export const ENTRIES_PER_ATTEMPT = 1_000_000;

type Unnumbered = Omit<LogEntry, 'sequence'>;

/** Tells that an attempt started at `at` (epoch ms) on that instance. */
export const startedEntry = (attempt: number, at: number, instance: string, latenessMs: number): Unnumbered => ({
  at,
  attempt,
  level: 'info',
  message: `Attempt ${attempt} started, ${latenessMs} ms after its time`,
  data: { instance, latenessMs },
});

/** Tells how an attempt ended, `tookMs` after its start. */
export const endedEntry = ({ number, outcome, error, finishedAt }: Attempt, tookMs: number): Unnumbered => ({
  at: finishedAt,
  attempt: number,
  level: outcome === 'succeeded' ? 'info' : 'error',
  message: `Attempt ${number} ${outcome.replace('_', ' ')} after ${tookMs} ms${error ? `: ${error.message}` : ''}`,
});
