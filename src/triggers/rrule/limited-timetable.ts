import type { PlannedRun, Timetable } from '../trigger-type.js';
import { LATEST } from './zoned-series.js';

const FIRST_STEP_MS = 366 * 86_400_000;

/** Limits of a table: from `start` to `until` (both inclusive), at most `count` instants. */
export interface Limits {
  start: number;
  until: number | null;
  count: number | null;
}

/** A timetable with a start and an end; an instant or a count sets the end. */
export class LimitedTimetable implements Timetable {
  private last: number;
  /** Up to this instant the table has `counted` instants, fewer than the limit. */
  private within: number;
  private counted = 0;

  constructor(
    private readonly table: Timetable,
    private readonly limits: Limits,
  ) {
    this.last = limits.until ?? Number.POSITIVE_INFINITY;
    this.within = limits.count === null ? Number.POSITIVE_INFINITY : limits.start - 1;
  }

  next(after: number): PlannedRun | null {
    if (after >= this.last) return null;
    const planned = this.table.next(Math.max(after, this.limits.start - 1));
    return planned && planned.at <= this.last && planned.at <= this.lastUntil(planned.at) ? planned : null;
  }

  previous(before: number): PlannedRun | null {
    const planned = this.table.previous(Math.min(before, this.last + 1));
    if (!planned || planned.at < this.limits.start) return null;
    const last = this.lastUntil(planned.at);
    return planned.at <= last ? planned : this.table.previous(last + 1);
  }

  count(after: number, until: number): number {
    const end = Math.min(until, this.last);
    return this.table.count(Math.max(after, this.limits.start - 1), Math.min(end, this.lastUntil(end)));
  }

  /**
   * The last instant of the series, if it lies at or before `instant`. Found once, by counting in growing steps, then
   * halving.
   */
  private lastUntil(instant: number): number {
    const { count } = this.limits;
    const end = Math.min(instant, LATEST);
    for (let step = FIRST_STEP_MS; count !== null && this.within < end; step *= 2) {
      const to = Math.min(this.within + step, end);
      const size = this.table.count(this.within, to);
      if (this.counted + size >= count) {
        this.last = this.numbered(count - this.counted, this.within, to);
        this.within = Number.POSITIVE_INFINITY;
      } else {
        this.counted += size;
        this.within = to;
      }
    }
    return this.last;
  }

  /** The nth instant (n from 1) in (after, until]. */
  private numbered(number: number, after: number, until: number): number {
    let [low, high] = [after, until];
    for (let found = number; high - low > 1;) {
      const middle = Math.floor((low + high) / 2);
      const size = this.table.count(low, middle);
      if (size >= found) high = middle;
      else [low, found] = [middle, found - size];
    }
    return high;
  }
}
