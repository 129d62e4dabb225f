import { Allowance } from '../domain/budget.js';
import type { Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { budgetedBy } from '../triggers/budgeted-timetable.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { workedOut } from '../triggers/timetable-fault.js';
import { entryOfSkip } from '../scheduling/planning/left-out.js';
import type { Grid } from './grid.js';

/** How many steps the plan of one task may take. */
const MOST_STEPS = 200_000;
/** With more occurrences than this, those of each cell are counted instead. */
const MOST_WALKED = 200;

/**
 * Adds the occurrences that are skipped after `now` (epoch ms), as the ledger is going to tell of them.
 * @throws StateConflictError where they cannot be told
 */
export function addSkipped(
  grid: Grid,
  edges: readonly number[],
  task: Task,
  timetables: TaskTimetables,
  now: number,
): void {
  if (task.skips === undefined || task.state === 'paused') return;
  const table = workedOut(() => timetables.timetableOf(task));
  const after = Math.max(now, edges[0]! - 1);
  for (const skip of workedOut(() => table.skipped!(after, edges.at(-1)! - 1)))
    if (!skip.isTold) grid.addEntry(entryOfSkip(task, skip));
}

/**
 * Adds the occurrences to come of a task to its cells, by their nominal times; yields between parts of the work.
 * @throws StateConflictError where they cannot be told
 */
export function* addPlanned(
  grid: Grid,
  edges: readonly number[],
  task: Task,
  timetables: TaskTimetables,
): Generator<void, void> {
  if (!task.next) return;
  const steps = new Allowance(MOST_STEPS, 'To tell them');
  const part = <Answer>(work: () => Answer) => workedOut(() => budgetedBy(steps, work));
  const { scheduledFor } = task.next;
  const end = edges.at(-1)!;
  if (scheduledFor >= end) return;
  const table = part(() => timetables.timetableOf(task));
  const passed = scheduledFor < edges[0]! ? part(() => table.count(scheduledFor - 1, edges[0]! - 1)) : 0;
  let left = runsLeft(task) - passed;
  const first = Math.max(scheduledFor, edges[0]!);
  yield;
  if (
    Math.min(
      left,
      part(() => table.count(first - 1, end - 1)),
    ) <= MOST_WALKED
  ) {
    for (let after = first - 1; left > 0; left--, yield) {
      const planned = part(() => table.next(after));
      if (!planned || planned.at >= end) return;
      grid.addPlanned(planned.at, 1);
      after = planned.at;
    }
    return;
  }
  for (let index = 0; index < edges.length - 1 && left > 0; index++, yield) {
    const [from, to] = [Math.max(edges[index]!, first), edges[index + 1]!];
    if (from >= to) continue;
    const count = Math.min(
      left,
      part(() => table.count(from - 1, to - 1)),
    );
    grid.addPlanned(from, count);
    left -= count;
  }
}
