import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';

/** A run that this instance holds, with its task as it was when the run was claimed or the task last read. */
export interface HeldRun {
  run: Run;
  task: Task;
  /** When the task was last read (monotonic ms), if that was after the claim. */
  lookedAt?: number | undefined;
}
