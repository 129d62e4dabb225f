import type { Task } from '../domain/task.js';
import { expiryOf } from './deadlines.js';
import type { HeldRun } from './held-run.js';
import { hasBegun } from './overlap-rule.js';
import type { RunIncident } from './schedule-status-evaluator.js';

/** What has come between a run and its attempt for good. */
export interface Obstacle {
  incident: RunIncident;
  reason: string;
}

/** Why a run does not start whose task was paused before its first attempt. */
export const PAUSED = 'the task is paused';

/** The obstacle in the way of a run at `now` (epoch ms), or null when it may start. */
export function obstacleOf(held: HeldRun, now: number): Obstacle | null {
  const expiry = expiryOf(held.run, held.task, now);
  return expiry ?? (isStoppedByPause(held) ? { incident: 'skip', reason: PAUSED } : null);
}

/** Whether a pause has come between the run and its first attempt; what somebody asked for by hand runs all the same. */
export const isStoppedByPause = ({ run, task }: Pick<HeldRun, 'run' | 'task'>): boolean =>
  task.state === 'paused' && (run.trigger === 'schedule' || run.trigger === 'event') && !hasBegun(run);

/** Whether an attempt of the task may go on after its action until a call-back ends it. */
export const hasCallback = ({ definition: { action } }: Task): boolean =>
  action.type === 'http' && action.waitForCallback === true;
