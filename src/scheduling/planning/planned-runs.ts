import { Allowance } from '../../domain/budget.js';
import { LATEST } from '../../domain/instants.js';
import type { Task } from '../../domain/task.js';
import { budgetedBy } from '../../triggers/budgeted-timetable.js';
import type { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import type { PlannedRun } from '../../triggers/trigger-type.js';
import { runsLeft } from './claim-planner.js';
import { dueAtOf, spreadOf } from './spread.js';

/** How many steps a whole list of coming occurrences may take. */
const MOST_STEPS = 1_000_000;

/**
 * The first `count` coming occurrences, those that are skipped after `now` (epoch ms) among them; yields after the work for each of them. @throws StateConflictError
 */
export function* plannedRuns(
  task: Task,
  timetables: CalendarResolver,
  count: number,
  now: number,
): Generator<void, PlannedRun[]> {
  const steps = new Allowance(MOST_STEPS, 'To list them');
  const part = <Answer>(work: () => Answer) => workedOut(() => budgetedBy(steps, work));
  const timetable = part(() => timetables.timetableOf(task));
  const most = task.next === null ? 0 : Math.min(count, runsLeft(task));
  const runs: PlannedRun[] = [];
  for (let after = (task.next?.scheduledFor ?? 0) - 1; runs.length < most; yield) {
    const planned = part(() => timetable.next(after));
    if (!planned) break;
    after = planned.at;
    runs.push(spreadOf(task) === 0 ? planned : { ...planned, dueAt: part(() => dueAtOf(task, timetable, planned)) });
  }
  const until = runs.length < count ? LATEST : runs.at(-1)!.at;
  const skips = part(() => timetable.skipped?.(now, until) ?? []);
  const marked = skips.map(({ at, by, reason }): PlannedRun => ({ at, skipped: { by, reason } }));
  return [...runs, ...marked].sort((a, b) => a.at - b.at).slice(0, count);
}
