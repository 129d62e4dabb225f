import type { Run, RunProgress } from '../../domain/run.js';

/**
 * A change of a run. It is accepted only while the run is unfinished and still has this owner and attempt (the fencing
 * token); one that is `beforeBegin`, only while the attempt is not running.
 */
export interface RunChange {
  id: string;
  expected: { owner: string | null; attempt: number };
  progress: RunProgress;
}

/** The change of a run as it was read. */
export const changeOf = ({ id, owner, attempt }: Run, progress: RunProgress): RunChange => ({
  id,
  expected: { owner, attempt },
  progress,
});

/**
 * Whether the owner says that the attempt of its token has not begun. Such a change may have been under way for long: once
 * the attempt is running, it comes too late.
 */
export const beforeBegin = ({ expected, progress: { owner, attempt, state } }: RunChange): boolean =>
  owner !== null &&
  owner === expected.owner &&
  attempt === expected.attempt &&
  (state === 'pending' || state === 'retrying');

/** Whether an unfinished run, as it is stored, takes the change. */
export const isAccepted = (change: RunChange, run: Pick<Run, 'owner' | 'attempt' | 'state'>): boolean =>
  run.owner === change.expected.owner &&
  run.attempt === change.expected.attempt &&
  !(run.state === 'running' && beforeBegin(change));
