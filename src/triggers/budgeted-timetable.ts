import { TooCostlyError, withBudget, type Allowance } from '../domain/budget.js';
import { TimetableFault } from './timetable-fault.js';
import type { LeftOut, PlannedRun, Starts, Timetable } from './trigger-type.js';

/** How many steps each question to a timetable may take: some tens of milliseconds. */
export const MOST_STEPS = 40_000;

const SUBJECT = 'To tell its occurrences';

/** A timetable with a budget of steps for each question; a question that takes more fails with a `TimetableFault`. */
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

/** Answers a question within `steps`, or within what an outer budget has left. @throws TimetableFault */
export const budgeted = <Answer>(ask: () => Answer, steps = MOST_STEPS): Answer =>
  asFault(() => withBudget(steps, SUBJECT, ask));

/** A part of a computation that has so many steps for all of its parts. @throws TimetableFault */
export const budgetedBy = <Answer>(steps: Allowance, ask: () => Answer): Answer => asFault(() => steps.use(ask));

function asFault<Answer>(ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TooCostlyError) throw new TimetableFault(error.message);
    throw error;
  }
}
