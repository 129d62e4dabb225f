import type { Skip } from '../domain/skip.js';
import { budgeted } from './budgeted-timetable.js';
import type { LeftOut, PlannedRun, Starts, Timetable } from './trigger-type.js';

/**
 * The occurrences of a timetable without those that somebody has skipped. It is the outermost: what calendars have left to
 * a skipped occurrence is not taken up by another one.
 */
export class SkippedTimetable implements Timetable {
  readonly starts?: Starts;
  readonly leftOut?: (after: number, until: number) => LeftOut[];
  private readonly instants: ReadonlySet<number>;

  constructor(
    private readonly table: Timetable,
    private readonly skips: readonly Skip[],
  ) {
    this.instants = new Set(skips.map(({ at }) => at));
    const { starts } = table;
    if (starts) {
      const lastBefore = (instant: number) => budgeted(() => this.lastOf(starts.lastBefore(instant)));
      this.starts = { of: (at) => starts.of(at), lastBefore };
    }
    if (table.leftOut) this.leftOut = (after, until) => table.leftOut!(after, until);
  }

  next(after: number): PlannedRun | null {
    return budgeted(() => {
      let planned = this.table.next(after);
      while (planned && this.instants.has(planned.at)) planned = this.table.next(planned.at);
      return planned;
    });
  }

  previous(before: number): PlannedRun | null {
    return budgeted(() => this.lastOf(this.table.previous(before)));
  }

  count(after: number, until: number): number {
    return budgeted(() => this.table.count(after, until) - this.skipped(after, until).length);
  }

  skipped(after: number, until: number): Skip[] {
    return budgeted(() =>
      this.skips.filter(({ at }) => after < at && at <= until && this.table.next(at - 1)?.at === at),
    );
  }

  private lastOf(found: PlannedRun | null): PlannedRun | null {
    let planned = found;
    while (planned && this.instants.has(planned.at)) planned = this.table.previous(planned.at);
    return planned;
  }
}

/** The timetable without what is skipped of its task. */
export const withoutSkips = (table: Timetable, skips: readonly Skip[] | undefined): Timetable =>
  skips === undefined || skips.length === 0 ? table : new SkippedTimetable(table, skips);
