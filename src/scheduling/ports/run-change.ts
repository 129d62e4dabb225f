import type { Run, RunProgress } from '../../domain/run.js';

/**
 * A change of a run. It is accepted only while the run is unfinished and still has this owner and attempt (the fencing
 * token).
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
