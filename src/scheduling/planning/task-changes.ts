import type { Run } from '../../domain/run.js';
import type { Skip } from '../../domain/skip.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import { occurrenceOf, runsLeft, stateWithout } from './claim-planner.js';
import { firstDueAfter, lastDueBefore } from './spread.js';

/** A new task, before its first occurrence is computed. */
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
 * The task under a new definition. With the same triggers, an occurrence that is due and not yet claimed stays due;
 * with other triggers, occurrences count from `now` on.
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
  // This change revokes what is armed, even the task's last occurrence, so the task goes on with what is due from now
  // on.
  return scheduled(changed, newResolver, startedUntil(task, resolver, now));
}

/** The task without a coming occurrence until it is resumed, by hand or at `until` (epoch ms). */
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

/** The task with the next occurrence that its triggers and calendars give it now; what is already due stays due. */
export const rescheduledTask = (task: Task, before: TaskTimetables, after: TaskTimetables, now: number): Task =>
  changedTask(task, task.definition, task.secrets, before, now, after);

/** The task with these occurrences skipped instead of those until now; what is already due stays due. */
export function withSkips(task: Task, skips: readonly Skip[], resolver: TaskTimetables, now: number): Task {
  const { skips: _former, ...rest } = revoked(task, resolver, now);
  const kept = skips.length > 0 ? { skips } : {};
  const changed: Task = { ...rest, ...kept, generation: task.generation + 1, updatedAt: now };
  if (task.state === 'paused') return changed;
  if (task.next !== null && task.next.dueAt <= now && runsLeft(changed) > 0) return changed;
  return scheduled(changed, resolver, startedUntil(task, resolver, now));
}

/** The task, resumed at `now` (epoch ms), with its first occurrence after `since`. */
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
  // A `once` that came due during the pause is due all the same; an earlier one has had its turn.
  return scheduled(resumed, resolver, task.since);
}

/** Of runs begun under an older definition, those whose instants the changed task does not reach again. */
export function apartFrom(changed: Task, begun: readonly Run[], resolver: TaskTimetables): Run[] {
  const { next } = changed;
  if (begun.length === 0 || next === null) return [...begun];
  const timetable = resolver.timetableOf(changed);
  return begun.filter(({ scheduledFor: at }) => at < next.scheduledFor || timetable.count(at - 1, at) === 0);
}

/** The task with these runs counted, whose instants it does not reach again. */
export function countingIn(task: Task, runs: readonly Run[]): Task {
  const since = Math.max(task.since, ...runs.map(({ scheduledFor }) => scheduledFor));
  const scheduledRuns = task.scheduledRuns + runs.length;
  const counted = { ...task, scheduledRuns, since: task.state === 'paused' ? since : task.since };
  if (task.next === null || runsLeft(counted) > 0) return counted;
  return { ...counted, next: null, state: stateWithout(counted) };
}

/** The task without the claims that are due after `now`: they are revoked and no longer count as runs. */
export function revoked(task: Task, resolver: TaskTimetables, now: number): Task {
  const { claimedUntil, scheduledRuns } = task;
  if (claimedUntil === null || claimedUntil <= now) return task;
  const timetable = resolver.timetableOf(task);
  const last = lastDueBefore(task, timetable, claimedUntil + 1);
  const armed = last ? timetable.count(startedUntil(task, resolver, now), last.at) : 0;
  return { ...task, scheduledRuns: Math.max(0, scheduledRuns - armed), claimedUntil: now };
}

/** The instant after which the task's occurrences are not yet due at `now`; with a spread it lies before `now`. */
export function startedUntil(task: Task, resolver: TaskTimetables, now: number): number {
  const first = firstDueAfter(task, resolver.timetableOf(task), now);
  return first ? Math.min(now, first.at - 1) : now;
}

/** The last instant, at most `now`, up to which the task's occurrences have had their turn (epoch ms). */
function dealtWith(task: Task, resolver: TaskTimetables, now: number): number {
  const before = task.next ? Math.min(task.next.scheduledFor, now + 1) : now + 1;
  return resolver.timetableOf(task).previous(before)?.at ?? Number.NEGATIVE_INFINITY;
}

/**
 * The task with its first occurrence after `after` (by default after its `since`), or at its end when there is none.
 */
function scheduled(task: Task, resolver: TaskTimetables, after = Number.NEGATIVE_INFINITY): Task {
  const next = occurrenceOf(task, resolver.timetableOf(task), resolver.calculateNextExecution(task, after));
  return { ...task, next, state: next ? 'active' : stateWithout(task) };
}

/** Whether two definitions have the same triggers. */
export const sameTriggers = (a: TaskDefinition, b: TaskDefinition): boolean =>
  JSON.stringify(a.triggers) === JSON.stringify(b.triggers);

/** The members of a task that tell when and how often it was changed. */
export type Changed = Pick<Task, 'id' | 'generation' | 'updatedAt'>;

/** Whether the run was claimed ahead under an older definition of its task, and has not begun. */
export const isOutdated = (run: Run, task: Pick<Task, 'generation'>): boolean =>
  run.trigger === 'schedule' &&
  run.state === 'pending' &&
  run.attempts.length === 0 &&
  run.generation < task.generation;

/**
 * Whether a change has taken its instant from an outdated run. A run that was due by the time of the change starts as
 * it was. About one that was due later the new definition or the ledger decides, so no trace of the run may stay.
 */
export const isVoid = (run: Run, task: Changed): boolean => isOutdated(run, task) && run.dueAt > task.updatedAt;
