import type { Repeats } from '../domain/repeats.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

/** The instants of a timetable that has more than `byMs` between any two, those that come again each `byMs` later. */
export class RepeatedTimetable implements Timetable {
  constructor(
    private readonly table: Timetable,
    private readonly repeats: Repeats,
  ) {}

  next(after: number): PlannedRun | null {
    let planned = this.table.next(after - this.repeats.byMs);
    while (planned && this.placeOf(planned.at) <= after) planned = this.table.next(planned.at);
    return this.placed(planned);
  }

  previous(before: number): PlannedRun | null {
    let planned = this.table.previous(before);
    while (planned && this.placeOf(planned.at) >= before) planned = this.table.previous(planned.at);
    return this.placed(planned);
  }

  count(after: number, until: number): number {
    return this.table.count(after, until) - this.putOff(until) + this.putOff(after);
  }

  private placeOf(at: number): number {
    const { after, until, byMs } = this.repeats;
    return at > after && at <= until ? at + byMs : at;
  }

  private placed(planned: PlannedRun | null): PlannedRun | null {
    return planned && { ...planned, at: this.placeOf(planned.at) };
  }

  /** How many instants up to this one come again after it. */
  private putOff(instant: number): number {
    const { after, until, byMs } = this.repeats;
    const [from, to] = [Math.max(after, instant - byMs), Math.min(until, instant)];
    return from < to ? this.table.count(from, to) : 0;
  }
}
