import type { PlannedRun, Timetable } from './trigger-type.js';

/** The instants of a timetable from `from` (inclusive) to `end` (exclusive), in epoch ms. */
export class BoundedTimetable implements Timetable {
  constructor(
    private readonly table: Timetable,
    private readonly from: number,
    private readonly end: number,
  ) {}

  next(after: number): PlannedRun | null {
    const planned = this.table.next(Math.max(after, this.from - 1));
    return planned && planned.at < this.end ? planned : null;
  }

  previous(before: number): PlannedRun | null {
    const planned = this.table.previous(Math.min(before, this.end));
    return planned && planned.at >= this.from ? planned : null;
  }

  count(after: number, until: number): number {
    return this.table.count(Math.max(after, this.from - 1), Math.min(until, this.end - 1));
  }
}
