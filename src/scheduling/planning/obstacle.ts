import type { Task } from '../../domain/task.js';
import { expiryOf } from './deadlines.js';
import type { HeldRun } from './held-run.js';
import { hasBegun } from './precedence.js';
import type { RunIncident } from './schedule-status-evaluator.js';

/** Something that keeps a run from its attempt for good. */
export interface Obstacle {
  incident: RunIncident;
  reason: string;
}

/** Why a run does not start if its task was paused before its first attempt. */
export const PAUSED = 'the task is paused';

/** Why a run is cancelled whose task is gone. */
export const DELETED = 'the task was deleted';

/** The obstacle in the way of a run at `now` (epoch ms), or null when it may start. */
export function obstacleOf(held: HeldRun, now: number): Obstacle | null {
  const expiry = expiryOf(held.run, held.task, now);
  return expiry ?? (isStoppedByPause(held) ? { incident: 'skip', reason: PAUSED } : null);
}

/** Whether the task was paused before the run's first attempt; what somebody requested by hand runs all the same. */
export const isStoppedByPause = ({ run, task }: Pick<HeldRun, 'run' | 'task'>): boolean =>
  task.state === 'paused' && (run.trigger === 'schedule' || run.trigger === 'event') && !hasBegun(run);

/** Whether an attempt of the task may continue after its action until a call-back ends it. */
export const hasCallback = ({ definition: { action } }: Task): boolean =>
  action.type === 'test-flow' || (action.type === 'http' && action.completion === 'callback');

/** How long an attempt of the task may wait between two heartbeats (ms); null for as long as the attempt may take. */
export const heartbeatTimeoutOf = ({ definition: { action } }: Task): number | null =>
  action.type === 'http' && action.completion === 'callback' ? (action.heartbeatTimeoutMs ?? null) : null;

const OVERLAP = /^overlap: run (\S+) of the task has not finished$/;

/** Why a run is skipped: another run of its task, with this id, has not finished. */
export const overlapReason = (runId: string): string => `overlap: run ${runId} of the task has not finished`;

/** The id of the run that a reason names as unfinished; null when the reason says something else. */
export const runInTheWay = (reason: string | null): string | null => OVERLAP.exec(reason ?? '')?.[1] ?? null;
