import type { Run } from '../domain/run.js';
import { ENTRIES_PER_ATTEMPT, endedEntry, startedEntry } from './attempt-entries.js';
import type { LogEntry } from './log.store.js';

/** Whether the run's only attempt started and succeeded, and nothing else happened. */
export const isUneventful = ({ state, attempts }: Pick<Run, 'state' | 'attempts'>): boolean =>
  state === 'succeeded' && attempts.length === 1;

/** The log of an uneventful run without entries of its own: it follows from the run, and is not stored. */
export function silentLog(run: Run): LogEntry[] {
  const attempt = run.attempts[0];
  if (!isUneventful(run) || !attempt || attempt.startedAt === null) return [];
  const { number, startedAt, instance, finishedAt } = attempt;
  return [
    startedEntry(number, startedAt, instance, run.latenessMs ?? 0),
    endedEntry(attempt, finishedAt - startedAt),
  ].map((entry, index) => ({ sequence: number * ENTRIES_PER_ATTEMPT + index + 1, ...entry }));
}
