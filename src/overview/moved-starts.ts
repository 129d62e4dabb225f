import { Allowance } from '../domain/budget.js';
import type { Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { dueAtOf } from '../scheduling/planning/spread.js';
import { budgetedBy } from '../triggers/budgeted-timetable.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { workedOut } from '../triggers/timetable-fault.js';

/** How many steps the coming starts of one task may take, and how many are compared. */
const MOST_STEPS = 200_000;
export const MOST_COMPARED = 100;

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
 * of the work. @throws StateConflictError where they cannot be told
 */
export function* movedStarts(
  task: Task,
  after: number,
  before: TaskTimetables,
  now: TaskTimetables,
): Generator<void, MovedStart[]> {
  const [old, made] = [yield* startsOf(task, after, before), yield* startsOf(task, after, now)];
  const until = Math.min(old.until, made.until);
  const times = [...new Set([...old.byTime.keys(), ...made.byTime.keys()])].filter((at) => at <= until);
  return times
    .sort((a, b) => a - b)
    .map((at) => ({ at, from: old.byTime.get(at) ?? null, to: made.byTime.get(at) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function* startsOf(task: Task, after: number, timetables: TaskTimetables): Generator<void, Starts> {
  const steps = new Allowance(MOST_STEPS, 'To tell them');
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
