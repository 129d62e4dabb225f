import type { CronFields, LocalDay } from './cron-fields.js';

const DAY_MS = 86_400_000;
/** The Gregorian calendar repeats its weekdays after 400 years, but no combination of month and day waits longer than 40. */
const SEARCH_DAYS = 41 * 366;

/** Finds the local times that cron fields match. A local time is written as if it were UTC, in epoch milliseconds. */
export class LocalSchedule {
  /** How many matches a matching day has. */
  private readonly perDay: number;

  constructor(private readonly fields: CronFields) {
    this.perDay = fields.hours.length * fields.minutes.length * fields.seconds.length;
  }

  /** The first match at or after `from`, or null when there is none. */
  next(from: number): number | null {
    const start = Math.ceil(from / 1000) * 1000;
    const firstDay = Math.floor(start / DAY_MS);
    for (let day = firstDay; day < firstDay + SEARCH_DAYS; day = this.followingDay(day, 1)) {
      if (!this.takes(day)) continue;
      const second = this.firstSecond(day === firstDay ? (start - day * DAY_MS) / 1000 : 0);
      if (second !== null) return day * DAY_MS + second * 1000;
    }
    return null;
  }

  /** The last match before `before`, or null when there is none. */
  previous(before: number): number | null {
    const end = Math.ceil(before / 1000) * 1000 - 1000;
    const lastDay = Math.floor(end / DAY_MS);
    for (let day = lastDay; day > lastDay - SEARCH_DAYS; day = this.followingDay(day, -1)) {
      if (!this.takes(day)) continue;
      const second = this.lastSecond(day === lastDay ? (end - day * DAY_MS) / 1000 : 86_399);
      if (second !== null) return day * DAY_MS + second * 1000;
    }
    return null;
  }

  /** How many matches lie in [from, to). Takes time by the day, not by the match. */
  count(from: number, to: number): number {
    const start = Math.ceil(from / 1000) * 1000;
    const end = Math.ceil(to / 1000) * 1000;
    if (start >= end) return 0;
    const firstDay = Math.floor(start / DAY_MS);
    const lastDay = Math.floor(end / DAY_MS);
    let count = 0;
    for (let day = firstDay; day <= lastDay; day++) {
      if (!this.takes(day)) continue;
      count += this.perDay;
      if (day === firstDay) count -= this.countBefore((start - day * DAY_MS) / 1000);
      if (day === lastDay) count -= this.perDay - this.countBefore((end - day * DAY_MS) / 1000);
    }
    return count;
  }

  private takes(dayNumber: number): boolean {
    const date = new Date(dayNumber * DAY_MS);
    if (!this.fields.months.has(date.getUTCMonth() + 1)) return false;
    const day: LocalDay = {
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      daysInMonth: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
    };
    return this.fields.takesDay(day);
  }

  /** The next day to look at: past the whole month where the month does not match. */
  private followingDay(dayNumber: number, direction: 1 | -1): number {
    const date = new Date(dayNumber * DAY_MS);
    if (this.fields.months.has(date.getUTCMonth() + 1)) return dayNumber + direction;
    const border = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + (direction === 1 ? 1 : 0), 1) / DAY_MS;
    return direction === 1 ? border : border - 1;
  }

  /** The first matching second of the day at or after `from`. */
  private firstSecond(from: number): number | null {
    const { hours, minutes, seconds } = this.fields;
    const [h, m, s] = split(from);
    for (const hour of hours) {
      if (hour < h) continue;
      for (const minute of minutes) {
        if (hour === h && minute < m) continue;
        const second = seconds.find((value) => hour > h || minute > m || value >= s);
        if (second !== undefined) return hour * 3600 + minute * 60 + second;
      }
    }
    return null;
  }

  /** The last matching second of the day at or before `until`. */
  private lastSecond(until: number): number | null {
    const { hours, minutes, seconds } = this.fields;
    const [h, m, s] = split(until);
    for (const hour of hours.toReversed()) {
      if (hour > h) continue;
      for (const minute of minutes.toReversed()) {
        if (hour === h && minute > m) continue;
        const second = seconds.findLast((value) => hour < h || minute < m || value <= s);
        if (second !== undefined) return hour * 3600 + minute * 60 + second;
      }
    }
    return null;
  }

  /** How many matching seconds of a day come before `second`. */
  private countBefore(second: number): number {
    const { hours, minutes, seconds } = this.fields;
    const [h, m, s] = split(second);
    let count = below(hours, h) * minutes.length * seconds.length;
    if (!hours.includes(h)) return count;
    count += below(minutes, m) * seconds.length;
    return minutes.includes(m) ? count + below(seconds, s) : count;
  }
}

const split = (second: number): [number, number, number] => [
  Math.floor(second / 3600),
  Math.floor((second % 3600) / 60),
  second % 60,
];

const below = (values: readonly number[], limit: number): number => {
  const index = values.findIndex((value) => value >= limit);
  return index < 0 ? values.length : index;
};
