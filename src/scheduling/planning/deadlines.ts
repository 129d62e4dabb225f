import { isMakeUp, type Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { RunIncident } from './schedule-status-evaluator.js';

type Begun = Pick<Run, 'trigger' | 'dueAt' | 'startedAt'>;

/** Why a run gets no (further) attempt: a deadline of its task has passed. */
export interface Expiry {
  incident: Extract<RunIncident, 'miss' | 'time-out'>;
  reason: string;
}

/**
 * The last instant (epoch ms) at which a run that never started may start; infinite without a start deadline. A run
 * that makes up for another is late anyway, and waits for its turn however long that takes.
 */
export const startDeadlineOf = (run: Begun, { definition: { startDeadlineMs } }: Task): number =>
  run.startedAt !== null || startDeadlineMs === undefined || isMakeUp(run)
    ? Number.POSITIVE_INFINITY
    : run.dueAt + startDeadlineMs;

/** The instant (epoch ms) at which the run's total time ends; infinite before its first start or without a deadline. */
export const deadlineOf = ({ startedAt }: Pick<Run, 'startedAt'>, { definition }: Task): number =>
  startedAt === null ? Number.POSITIVE_INFINITY : startedAt + (definition.deadlineMs ?? Number.POSITIVE_INFINITY);

/** The deadline that rules out an attempt of the run at `now` (epoch ms); null for none. */
export function expiryOf(run: Begun, task: Task, now: number): Expiry | null {
  const { startDeadlineMs, deadlineMs } = task.definition;
  if (now > startDeadlineOf(run, task)) {
    return {
      incident: 'miss',
      reason: `startDeadlineMs: it could not start within ${startDeadlineMs} ms of its due instant`,
    };
  }
  if (now >= deadlineOf(run, task)) {
    return {
      incident: 'time-out',
      reason: `deadlineMs: no attempt starts later than ${deadlineMs} ms after the first one`,
    };
  }
  return null;
}
