import { Allowance } from '../../domain/budget.js';
import { LATEST } from '../../domain/instants.js';
import type { Task } from '../../domain/task.js';
import { budgetedBy } from '../../triggers/budgeted-timetable.js';
import type { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import type { LeftOut, PlannedRun, Timetable } from '../../triggers/trigger-type.js';
import { runsLeft } from './claim-planner.js';
import { dueAtOf, spreadOf } from './spread.js';

/** How many steps a whole list of coming occurrences may take. */
const MOST_STEPS = 1_000_000;

/** How far ahead what calendars leave out is told. */
const LEFT_OUT_MS = 366 * 86_400_000;

/** Which coming occurrences: so many of those in [from, to), epoch ms. */
export interface PlannedSpan {
  count: number;
  from?: number | undefined;
  to?: number | undefined;
  /** Whether what calendars leave out is told, too. */
  withLeftOut?: boolean;
}

/** Coming occurrences, and what calendars leave out up to the last of them, for one year at most. */
export interface PlannedList {
  runs: PlannedRun[];
  leftOut: LeftOut[];
}

/**
 * The first coming occurrences of a time, those that are skipped after `now` (epoch ms) among them; yields after the work
 * for each of them. @throws StateConflictError
 */
export function* plannedRuns(
  task: Task,
  timetables: CalendarResolver,
  { count, from = 0, to = LATEST, withLeftOut = false }: PlannedSpan,
  now: number,
): Generator<void, PlannedList> {
  const steps = new Allowance(MOST_STEPS, 'To list them');
  const part = <Answer>(work: () => Answer) => workedOut(() => budgetedBy(steps, work));
  const timetable = part(() => timetables.timetableOf(task));
  const first = Math.max(task.next?.scheduledFor ?? 0, from);
  const most = task.next === null ? 0 : Math.min(count, runsLeft(task) - part(() => passed(task, timetable, first)));
  const runs: PlannedRun[] = [];
  for (let after = first - 1; runs.length < most; yield) {
    const planned = part(() => timetable.next(after));
    if (!planned || planned.at >= to) break;
    after = planned.at;
    runs.push(spreadOf(task) === 0 ? planned : { ...planned, dueAt: part(() => dueAtOf(task, timetable, planned)) });
  }
  const last = runs.at(-1)?.at;
  const until = last === undefined || runs.length < count ? to - 1 : last;
  const skips = part(() => timetable.skipped?.(Math.max(now, from - 1), until) ?? []);
  yield;
  // After the last run that a task has left, nothing is left out.
  const end = last !== undefined && runs.length === most ? last : until;
  const leftOutUntil = Math.min(end, first + LEFT_OUT_MS);
  const leftOut = withLeftOut ? part(() => timetable.leftOut?.(first - 1, leftOutUntil) ?? []) : [];
  const marked = skips.map(({ at, by, reason }): PlannedRun => ({ at, skipped: { by, reason } }));
  return { runs: [...runs, ...marked].sort((a, b) => a.at - b.at).slice(0, count), leftOut };
}

/** How many of the runs that are left come before an instant. */
const passed = ({ next, definition }: Task, timetable: Timetable, first: number): number =>
  definition.maxRuns === undefined || first === next!.scheduledFor
    ? 0
    : timetable.count(next!.scheduledFor - 1, first - 1);
