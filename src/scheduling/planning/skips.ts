import { InvalidInputError, NotFoundError, StateConflictError } from '../../domain/errors.js';
import { toIso } from '../../domain/instants.js';
import { MOST_SKIPS, type Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import { runsLeft } from './claim-planner.js';
import { toldUntil } from './left-out.js';
import { revoked, startedUntil, withSkips } from './task-changes.js';

/** The skip of the task's occurrence at this instant (epoch ms), if there is one. */
export const skipAt = ({ skips = [] }: Task, at: number): Skip | undefined => skips.find((skip) => skip.at === at);

/**
 * The task without the occurrence of the skip.
 * @throws StateConflictError where it is past, or the task is paused or has enough skips; InvalidInputError where the task
 *   is not due then
 */
export function skippingTask(task: Task, skip: Skip, timetables: TaskTimetables, now: number): Task {
  demandToCome(skip.at, now);
  if (task.state === 'paused')
    throw new StateConflictError('The task is paused, so none of its occurrences is planned.');
  if (!isPlanned(task, skip.at, timetables, now)) {
    const detail = `must be the nominal time of an occurrence to come: the task is not due at ${toIso(skip.at)}`;
    throw new InvalidInputError([{ pointer: '/at', detail }]);
  }
  const others = standing(task, timetables, now);
  if (others.filter(({ at }) => at > now).length >= MOST_SKIPS)
    throw new StateConflictError(
      `At most ${MOST_SKIPS} occurrences to come of a task can be skipped; pause it instead.`,
    );
  return withSkips(
    task,
    [...others, skip].sort((a, b) => a.at - b.at),
    timetables,
    now,
  );
}

/** The task with the skipped occurrence back in its plan. @throws NotFoundError, StateConflictError */
export function restoringTask(task: Task, at: number, timetables: TaskTimetables, now: number): Task {
  const taken = skipAt(task, at);
  if (!taken) throw new NotFoundError('skip', toIso(at));
  demandToCome(at, now);
  // The claim of a later occurrence, shortly before its time, has written it into the ledger.
  if (taken.isTold || toldUntil(task, timetables.timetableOf(task)) >= at)
    throw new StateConflictError('The occurrence after it is about to start, so it stays skipped.');
  return withSkips(
    task,
    standing(task, timetables, now).filter((skip) => skip.at !== at),
    timetables,
    now,
  );
}

/**
 * Those that the ledger may have to tell of yet, and those that the plan may come to again: a change takes back what is
 * armed, though the claim of a later occurrence has told of the skip before it.
 */
function standing(task: Task, timetables: TaskTimetables, now: number): Skip[] {
  const { skips = [], toldUntil: told } = task;
  if (skips.length === 0) return [];
  const after = Math.min(told, startedUntil(task, timetables, now));
  return skips.filter(({ at }) => at > after);
}

function demandToCome(at: number, now: number): void {
  if (at <= now) throw new StateConflictError(`The occurrence of ${toIso(at)} is not to come: its time has passed.`);
}

/** Whether the task reaches this instant with the runs it has left. */
function isPlanned(task: Task, at: number, timetables: TaskTimetables, now: number): boolean {
  const table = timetables.timetableOf(task);
  if (table.next(at - 1)?.at !== at) return false;
  const left = runsLeft(revoked(task, timetables, now));
  return left === Number.POSITIVE_INFINITY || table.count(startedUntil(task, timetables, now), at) <= left;
}
