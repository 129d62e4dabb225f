import type { JsonObject } from '../domain/json.js';
import { isFinished, type Attempt, type RunProgress } from '../domain/run.js';
import type { LogEntry, LogLevel } from './log.store.js';

/** The range of sequence numbers for each attempt; the log of an attempt holds far fewer entries. */
export const ENTRIES_PER_ATTEMPT = 1_000_000;

/** Where the entries lie that a filter can mean: from the first sequence on, and before the end. */
export const sequencesOf = ({ attempt }: { attempt?: number | undefined }): { first: number; end?: number } =>
  attempt === undefined
    ? { first: 0 }
    : { first: attempt * ENTRIES_PER_ATTEMPT, end: (attempt + 1) * ENTRIES_PER_ATTEMPT };

type Unnumbered = Omit<LogEntry, 'sequence'>;

/** What takes the runner's own entries of one attempt. */
interface Log {
  tell(level: LogLevel, message: string, data?: JsonObject): void;
}

/** The entry for an attempt that started at `at` (epoch ms) on `instance`. */
export const startedEntry = (attempt: number, at: number, instance: string, latenessMs: number): Unnumbered => ({
  at,
  attempt,
  level: 'info',
  message: `Attempt ${attempt} started, ${latenessMs} ms after its time`,
  data: { instance, latenessMs },
});

/** The entry for the end of an attempt, `tookMs` after its start. */
export const endedEntry = ({ number, outcome, error, finishedAt }: Attempt, tookMs: number): Unnumbered => ({
  at: finishedAt,
  attempt: number,
  level: outcome === 'succeeded' || outcome === 'skipped' ? 'info' : 'error',
  message: `Attempt ${number} ${outcome.replace('_', ' ')} after ${tookMs} ms${error ? `: ${error.message}` : ''}`,
});

/** Writes to its log how the attempt of a run ended, `tookMs` after its start, and what follows. */
export function reportEnd(log: Log, progress: RunProgress, tookMs: number): void {
  const last = progress.attempts.at(-1)!;
  const { level, message } = endedEntry(last, tookMs);
  log.tell(level, message);
  if (progress.state === 'retrying') {
    log.tell('warn', `Attempt ${progress.attempt} follows in ${progress.dueAt - last.finishedAt} ms`, {
      dueAt: progress.dueAt,
    });
  } else if (isFinished(progress.state) && progress.state !== last.outcome) {
    log.tell('info', `The run is ${progress.state.replace('_', ' ')}`);
  }
}
