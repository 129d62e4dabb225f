import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { Cause, Evidence } from './explanation.js';
import type { Surroundings } from './waiting.js';

/** A run, its task and its context, as of the instant `now` (epoch ms). */
export interface RunFacts {
  run: Run;
  task: Task;
  now: number;
  moved: Evidence | null;
  /** Other runs of the task that explain why it waited or did not run. */
  others: readonly Run[];
  /** Read only while the run is unfinished. */
  surroundings: Surroundings | null;
}

/** A cause, with evidence; its words follow the name of a run. */
export interface Told extends Cause {
  evidence?: Evidence[];
}
