import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { Cause, Evidence } from './explanation.js';
import type { Surroundings } from './waiting.js';

/** A run, its task, and what stands around it; all of it as of the instant `now` (epoch ms). */
export interface RunFacts {
  run: Run;
  task: Task;
  now: number;
  moved: Evidence | null;
  /** Other runs of the task that tell why it waited or did not run. */
  others: readonly Run[];
  /** Looked at while the run is unfinished. */
  surroundings: Surroundings | null;
}

/** A cause whose words go on from the name of a run, and what it rests on. */
export interface Told extends Cause {
  evidence?: Evidence[];
}
