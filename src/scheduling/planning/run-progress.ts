import type { Run, RunProgress } from '../../domain/run.js';

/** How many attempts are kept, the last ones. */
const MOST_ATTEMPTS = 20;

/** The members of a run that make up its progress. */
export function progressOf(run: Run): RunProgress {
  const progress: RunProgress = {
    state: run.state,
    dueAt: run.dueAt,
    owner: run.owner,
    putOff: run.putOff,
    attempt: run.attempt,
    attempts: run.attempts,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    latenessMs: run.latenessMs,
    output: run.output,
    reason: run.reason,
  };
  if (run.span !== undefined) progress.span = run.span;
  return progress;
}

/** The progress of a run that the store refused because of `why`, without everything that may be the reason. */
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
