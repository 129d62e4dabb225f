import type { Run } from '../domain/run.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { Task } from '../domain/task.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { occurrenceOf, runsLeft, stateWithout } from './claim-planner.js';
import { firstDueAfter, lastDueBefore } from './spread.js';

/** A task before it has a place in time. */
export type NewTask = Pick<Task, 'id' | 'organization' | 'definition' | 'secrets'>;

/** The task with its first occurrence after `now` (epoch ms); a `once` whose instant has passed is due all the same. */
export function newTask(
  { id, organization, definition, secrets }: NewTask,
  resolver: TaskTimetables,
  now: number,
): Task {
  return scheduled(
    {
      id,
      organization,
      definition,
      secrets,
      state: 'active',
      pausedReason: null,
      pausedUntil: null,
      next: null,
      since: now,
      generation: 1,
      scheduledRuns: 0,
      claimedUntil: null,
      toldUntil: now,
      createdAt: now,
      updatedAt: now,
    },
    resolver,
  );
}

/**
 * The task under a new definition. With the same triggers an occurrence that is due and not yet claimed stays due;
 * with others it counts from `now` on.
 */
export function changedTask(
  task: Task,
  definition: TaskDefinition,
  secrets: Task['secrets'],
  resolver: TaskTimetables,
  now: number,
  newResolver = resolver,
): Task {
  const changed = {
    ...revoked(task, resolver, now),
    definition,
    secrets,
    generation: task.generation + 1,
    updatedAt: now,
  };
  if (task.state === 'paused') return changed;
  if (!sameTriggers(task.definition, definition))
    return scheduled({ ...changed, since: now, state: 'active' }, newResolver, dealtWith(task, resolver, now));
  if (task.next !== null && task.next.dueAt <= now && runsLeft(changed) > 0) return changed;
  // What is armed, be it the task's last occurrence, is revoked with this change, so that it goes on with what is due from now on.
  return scheduled(changed, newResolver, startedUntil(task, resolver, now));
}

/** The task with no occurrence to come until it is resumed, by hand or at `until` (epoch ms). */
export function pausedTask(
  task: Task,
  reason: string,
  until: number | null,
  resolver: TaskTimetables,
  now: number,
): Task {
  return {
    ...revoked(task, resolver, now),
    state: 'paused',
    pausedReason: reason,
    pausedUntil: until,
    next: null,
    since: task.next ? Math.min(now, task.next.scheduledFor - 1) : task.state === 'paused' ? task.since : now,
    generation: task.generation + 1,
    updatedAt: now,
  };
}

/** The task with the next occurrence that its triggers and calendars give it now; what is due already stays due. */
export const rescheduledTask = (task: Task, before: TaskTimetables, after: TaskTimetables, now: number): Task =>
  changedTask(task, task.definition, task.secrets, before, now, after);

/** The task going on with its first occurrence after `since`, resumed at the instant `now` (epoch ms). */
export function resumedTask(task: Task, resolver: TaskTimetables, now: number, since = now): Task {
  const generation = task.generation + 1;
  const resumed: Task = {
    ...task,
    state: 'active',
    pausedReason: null,
    pausedUntil: null,
    since,
    generation,
    updatedAt: now,
  };
  // A `once` that came due during the pause is due all the same; one from before it has had its turn.
  return scheduled(resumed, resolver, task.since);
}

/** Of runs that began by a definition from before the change those to whose instants the task does not come again. */
export function apartFrom(changed: Task, begun: readonly Run[], resolver: TaskTimetables): Run[] {
  const { next } = changed;
  if (begun.length === 0 || next === null) return [...begun];
  const timetable = resolver.timetableOf(changed);
  return begun.filter(({ scheduledFor: at }) => at < next.scheduledFor || timetable.count(at - 1, at) === 0);
}

/** The task with these runs of it counted, to whose instants it does not come again. */
export function countingIn(task: Task, runs: readonly Run[]): Task {
  const since = Math.max(task.since, ...runs.map(({ scheduledFor }) => scheduledFor));
  const scheduledRuns = task.scheduledRuns + runs.length;
  const counted = { ...task, scheduledRuns, since: task.state === 'paused' ? since : task.since };
  if (task.next === null || runsLeft(counted) > 0) return counted;
  return { ...counted, next: null, state: stateWithout(counted) };
}

/** The task without what was claimed of it and is due after `now`: it is revoked, and no longer counts as run. */
function revoked(task: Task, resolver: TaskTimetables, now: number): Task {
  const { claimedUntil, scheduledRuns } = task;
  if (claimedUntil === null || claimedUntil <= now) return task;
  const timetable = resolver.timetableOf(task);
  const last = lastDueBefore(task, timetable, claimedUntil + 1);
  const armed = last ? timetable.count(startedUntil(task, resolver, now), last.at) : 0;
  return { ...task, scheduledRuns: Math.max(0, scheduledRuns - armed), claimedUntil: now };
}

/** The instant after which the task's occurrences have yet to become due at `now`; with a spread it lies before that. */
function startedUntil(task: Task, resolver: TaskTimetables, now: number): number {
  const first = firstDueAfter(task, resolver.timetableOf(task), now);
  return first ? Math.min(now, first.at - 1) : now;
}

/** The last instant, at most `now`, up to which the task's occurrences have had their turn. Epoch ms. */
function dealtWith(task: Task, resolver: TaskTimetables, now: number): number {
  const before = task.next ? Math.min(task.next.scheduledFor, now + 1) : now + 1;
  return resolver.timetableOf(task).previous(before)?.at ?? Number.NEGATIVE_INFINITY;
}

/** The task with the first occurrence after `after`, by default after its `since`, or its end when there is none. */
function scheduled(task: Task, resolver: TaskTimetables, after = Number.NEGATIVE_INFINITY): Task {
  const next = occurrenceOf(task, resolver.timetableOf(task), resolver.calculateNextExecution(task, after));
  return { ...task, next, state: next ? 'active' : stateWithout(task) };
}

/** Whether two definitions are due by the same triggers. */
export const sameTriggers = (a: TaskDefinition, b: TaskDefinition): boolean =>
  JSON.stringify(a.triggers) === JSON.stringify(b.triggers);
