import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';

/** What tells of a task when and how often it was changed. */
export type Changed = Pick<Task, 'id' | 'generation' | 'updatedAt'>;

/** Whether the run was claimed ahead under a definition from before a change of its task, and has not begun. */
export const isOutdated = (run: Run, task: Changed): boolean =>
  run.trigger === 'schedule' &&
  run.state === 'pending' &&
  run.attempts.length === 0 &&
  run.generation < task.generation;

/**
 * Whether the change has taken its instant from an outdated run: what was due by then it leaves to start as it was; about
 * what was due after it the new definition decides, or the ledger tells, so that no trace of the run may stay.
 */
export const isVoid = (run: Run, task: Changed): boolean => isOutdated(run, task) && run.dueAt > task.updatedAt;
