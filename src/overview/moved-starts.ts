import { Allowance } from '../domain/budget.js';
import type { Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { dueAtOf } from '../scheduling/planning/spread.js';
import { budgetedBy } from '../triggers/budgeted-timetable.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { workedOut } from '../triggers/timetable-fault.js';

/** How many coming starts of a task are compared, and how many steps those by one plan may take. */
export const MOST_COMPARED = 100;
const MOST_STEPS = 200_000;

/** A coming occurrence that starts at another time, or not at all (null), where calendars are others (epoch ms). */
export interface MovedStart {
  /** Its nominal time. */
  at: number;
  from: number | null;
  to: number | null;
}

interface Starts {
  /** By nominal time. */
  byTime: Map<number, number>;
  /** Up to which nominal time they are known. */
  until: number;
}

/**
 * The occurrences of a task that other calendars move, leave out or add, of those after an instant; yields between parts
 * of the work. They take their steps from `allowed`. @throws StateConflictError where they cannot be told
 */
export function* movedStarts(
  task: Task,
  after: number,
  { old, made }: { old: TaskTimetables; made: TaskTimetables },
  allowed: Allowance,
): Generator<void, MovedStart[]> {
  const [before, now] = [yield* startsOf(task, after, old, allowed), yield* startsOf(task, after, made, allowed)];
  const until = Math.min(before.until, now.until);
  const times = [...new Set([...before.byTime.keys(), ...now.byTime.keys()])].filter((at) => at <= until);
  return times
    .sort((a, b) => a - b)
    .map((at) => ({ at, from: before.byTime.get(at) ?? null, to: now.byTime.get(at) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function* startsOf(task: Task, after: number, timetables: TaskTimetables, allowed: Allowance): Generator<void, Starts> {
  const steps = new Allowance(MOST_STEPS, 'To tell them', allowed);
  const part = <Answer>(work: () => Answer) => workedOut(() => budgetedBy(steps, work));
  const table = part(() => timetables.timetableOf(task));
  const byTime = new Map<number, number>();
  const most = Math.min(MOST_COMPARED, runsLeft(task));
  let last = after;
  for (; byTime.size < most; yield) {
    const planned = part(() => table.next(last));
    if (!planned) return { byTime, until: Number.POSITIVE_INFINITY };
    last = planned.at;
    byTime.set(
      last,
      part(() => dueAtOf(task, table, planned)),
    );
  }
  return { byTime, until: byTime.size === 0 ? Number.POSITIVE_INFINITY : last };
}
