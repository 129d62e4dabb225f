import type { RunProgress } from '../domain/run.js';

/** Of so many attempts, the last ones, something is told. */
const MOST_ATTEMPTS = 20;

/** The progress of a run, which a store refused because of `why`, without all that could be the reason for that. */
export function withoutDetails(progress: RunProgress, why: string): RunProgress {
  const note = `The details could not be stored: ${why}`;
  return {
    ...progress,
    output: null,
    reason: note,
    attempts: progress.attempts.slice(-MOST_ATTEMPTS).map(({ error, ...attempt }) => ({
      ...attempt,
      ...(error && { error: { code: 'unstorable', message: note } }),
    })),
  };
}
