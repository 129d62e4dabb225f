import { TooCostlyError, withBudget } from '../domain/budget.js';
import { TimetableFault } from './timetable-fault.js';
import type { LeftOut, PlannedRun, Starts, Timetable } from './trigger-type.js';

/** How many steps each question to a timetable may take: some tens of milliseconds. */
export const MOST_STEPS = 60_000;

const SUBJECT = 'To tell its occurrences';

/** A timetable of which each question has a budget of steps; what takes more is a `TimetableFault`. */
export class BudgetedTimetable implements Timetable {
  readonly starts?: Starts;
  readonly leftOut?: (after: number, until: number) => LeftOut[];

  constructor(private readonly table: Timetable) {
    const { starts } = table;
    if (starts) {
      this.starts = {
        of: (at) => budgeted(() => starts.of(at)),
        lastBefore: (instant) => budgeted(() => starts.lastBefore(instant)),
      };
    }
    if (table.leftOut) this.leftOut = (after, until) => budgeted(() => table.leftOut!(after, until));
  }

  next(after: number): PlannedRun | null {
    return budgeted(() => this.table.next(after));
  }

  previous(before: number): PlannedRun | null {
    return budgeted(() => this.table.previous(before));
  }

  count(after: number, until: number): number {
    return budgeted(() => this.table.count(after, until));
  }
}

/** What takes no more steps than a question may take, or than are left. @throws TimetableFault */
export function budgeted<Answer>(ask: () => Answer, steps = MOST_STEPS): Answer {
  try {
    return withBudget(steps, SUBJECT, ask);
  } catch (error) {
    if (error instanceof TooCostlyError) throw new TimetableFault(error.message);
    throw error;
  }
}
