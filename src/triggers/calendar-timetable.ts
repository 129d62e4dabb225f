import type { ClosedTimes } from './closed-times.js';
import type { LeftOut, PlannedRun, Timetable } from './trigger-type.js';

/** How many stretches in a row a search passes over before it gives up: for days, more than two and a half years. */
export const MOST_STRETCHES = 1000;

/** The instants of a timetable that a calendar does not leave out. */
export class CalendarTimetable implements Timetable {
  constructor(
    private readonly table: Timetable,
    private readonly name: string,
    private readonly times: ClosedTimes,
  ) {}

  next(after: number): PlannedRun | null {
    let from = after;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.next(from);
      if (!planned) return null;
      const { by, end } = this.times.at(planned.at);
      if (by === null) return planned;
      from = end - 1;
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    let until = before;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.previous(until);
      if (!planned) return null;
      const { by, start } = this.times.at(planned.at);
      if (by === null) return planned;
      until = start;
    }
    return null;
  }

  /** Takes time by the day. */
  count(after: number, until: number): number {
    let count = 0;
    for (let day = this.times.dayOf(after + 1); this.times.startOf(day) <= until; day++) {
      for (const { start, end } of this.times.partsOf(day)) {
        count += Math.max(0, this.table.count(Math.max(after, start - 1), Math.min(until, end - 1)));
      }
    }
    return count;
  }

  leftOut(after: number, until: number): LeftOut[] {
    const others = this.table.leftOut?.(after, until) ?? [];
    const count = this.table.count(after, until) - this.count(after, until);
    if (count <= 0) return others;
    const range = { from: this.firstOut(after), to: this.lastOut(until) };
    return [...others, { ...range, count, calendar: this.name, outcome: 'skipped' }];
  }

  /** The first instant after `after` that this calendar leaves out; there is one. */
  private firstOut(after: number): number {
    let from = after;
    for (;;) {
      const { at } = this.table.next(from)!;
      const { by, end } = this.times.at(at);
      if (by !== null) return at;
      from = end - 1;
    }
  }

  /** The last instant up to `until` that this calendar leaves out; there is one. */
  private lastOut(until: number): number {
    let before = until + 1;
    for (;;) {
      const { at } = this.table.previous(before)!;
      const { by, start } = this.times.at(at);
      if (by !== null) return at;
      before = start;
    }
  }
}
