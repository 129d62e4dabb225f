import type { CronFields } from './cron-fields.js';
import { MatchingDays } from './matching-days.js';
import { TimesOfDay } from './times-of-day.js';

const DAY = 86_400;

/** Finds the local times that cron fields match. A local time is written as if it were UTC, in epoch milliseconds. */
export class LocalSchedule {
  private readonly days: MatchingDays;
  private readonly times: TimesOfDay;

  constructor(fields: CronFields) {
    this.days = new MatchingDays(fields);
    this.times = new TimesOfDay(fields);
  }

  /** The first match at or after `from`, or null when there is none. */
  next(from: number): number | null {
    const start = Math.ceil(from / 1000);
    const day = Math.floor(start / DAY);
    if (this.days.has(day)) {
      const time = this.times.atOrAfter(start - day * DAY);
      if (time >= 0) return (day * DAY + time) * 1000;
    }
    const later = this.days.atOrAfter(day + 1);
    return later === null ? null : (later * DAY + this.times.first) * 1000;
  }

  /** The last match before `before`, or null when there is none. */
  previous(before: number): number | null {
    const end = Math.ceil(before / 1000) - 1;
    const day = Math.floor(end / DAY);
    if (this.days.has(day)) {
      const time = this.times.atOrBefore(end - day * DAY);
      if (time >= 0) return (day * DAY + time) * 1000;
    }
    const earlier = this.days.atOrBefore(day - 1);
    return earlier === null ? null : (earlier * DAY + this.times.last) * 1000;
  }

  /** Whether a local time matches. */
  has(local: number): boolean {
    return this.next(local) === local;
  }

  /** How many matches lie in [from, to). Takes time in proportion to the months, not the matches. */
  count(from: number, to: number): number {
    const start = Math.ceil(from / 1000);
    const end = Math.ceil(to / 1000);
    if (start >= end) return 0;
    const [firstDay, lastDay] = [Math.floor(start / DAY), Math.floor(end / DAY)];
    const wholeDays = this.days.count(firstDay, lastDay) * this.times.size;
    return wholeDays - this.countOf(firstDay, start) + this.countOf(lastDay, end);
  }

  /** How many matches a day has before a second of the day. */
  private countOf(day: number, until: number): number {
    return this.days.has(day) ? this.times.countBefore(until - day * DAY) : 0;
  }
}
