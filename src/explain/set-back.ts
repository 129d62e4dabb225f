import { toIso } from '../domain/instants.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { dueInstantOf } from './evidence.js';

/** What follows for the task where a run began at an instant that is yet to come: the clock was set back since then. */
export function sinceSetBack(run: Run, { state, next }: Task, now: number): string {
  if (run.startedAt === null || run.startedAt <= now || dueInstantOf(run) <= now) return '';
  const goesOn = state === 'active' && next !== null ? ` The task starts next at ${toIso(next.dueAt)}.` : '';
  return ` The clock was set back after it had begun, and what has begun is not started again.${goesOn}`;
}
