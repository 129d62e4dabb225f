import type { CronFields } from './cron-fields.js';

const DAY_MS = 86_400_000;
/** A day of a month falls on the same weekday again within 40 years; 29 February takes the longest. */
const SEARCH_MONTHS = 41 * 12;

/** A month; `matching` has one bit per day, bit 0 for the first day. */
interface Month {
  /** Its first day, in days since 1970. */
  start: number;
  /** The first day after it. */
  end: number;
  matching: number;
}

/** The days that match month, day and year fields. A day counts from 1970-01-01, a month from year 0. */
export class MatchingDays {
  /** Matching days by shape of the month: its length and its first weekday decide. */
  private readonly patterns: number[] = [];
  private readonly firstMonth: number;
  private readonly lastMonth: number;
  private current: Month = { start: 0, end: 0, matching: 0 };

  constructor(private readonly fields: Pick<CronFields, 'months' | 'years' | 'takesDay'>) {
    const years = [...(fields.years ?? [])];
    this.firstMonth = fields.years ? Math.min(...years) * 12 : Number.NEGATIVE_INFINITY;
    this.lastMonth = fields.years ? Math.max(...years) * 12 + 11 : Number.POSITIVE_INFINITY;
  }

  has(day: number): boolean {
    if (day < this.current.start || day >= this.current.end) this.current = this.month(monthOf(day));
    return (this.current.matching & (1 << (day - this.current.start))) !== 0;
  }

  /** The first matching day at or after `day`, or null. */
  atOrAfter(day: number): number | null {
    const first = Math.max(monthOf(day), this.firstMonth);
    const last = this.fields.years ? this.lastMonth : first + SEARCH_MONTHS;
    for (let index = first; index <= last; index++) {
      if (!this.allows(index)) continue;
      const month = this.month(index);
      const rest = month.matching & from(day - month.start);
      if (rest !== 0) return month.start + 31 - Math.clz32(rest & -rest);
    }
    return null;
  }

  /** The last matching day at or before `day`, or null. */
  atOrBefore(day: number): number | null {
    const last = Math.min(monthOf(day), this.lastMonth);
    const first = this.fields.years ? this.firstMonth : last - SEARCH_MONTHS;
    for (let index = last; index >= first; index--) {
      if (!this.allows(index)) continue;
      const month = this.month(index);
      const rest = month.matching & ~from(day + 1 - month.start);
      if (rest !== 0) return month.start + 31 - Math.clz32(rest);
    }
    return null;
  }

  /** How many matching days lie in [start, end). Takes time in proportion to the months. */
  count(start: number, end: number): number {
    if (start >= end) return 0;
    let count = 0;
    const first = Math.max(monthOf(start), this.firstMonth);
    const last = Math.min(monthOf(end), this.lastMonth);
    for (let index = first; index <= last; index++) {
      if (!this.allows(index)) continue;
      const month = this.month(index);
      count += ones(month.matching & from(start - month.start) & ~from(end - month.start));
    }
    return count;
  }

  private allows(index: number): boolean {
    const { months, years } = this.fields;
    return months.has((index % 12) + 1) && (years === null || years.has(Math.floor(index / 12)));
  }

  private month(index: number): Month {
    const start = startOf(index);
    const end = startOf(index + 1);
    return { start, end, matching: this.allows(index) ? this.pattern(end - start, modulo(start + 4, 7)) : 0 };
  }

  private pattern(daysInMonth: number, firstWeekday: number): number {
    return (this.patterns[(daysInMonth - 28) * 7 + firstWeekday] ??= this.taken(daysInMonth, firstWeekday));
  }

  private taken(daysInMonth: number, firstWeekday: number): number {
    let bits = 0;
    for (let day = 1; day <= daysInMonth; day++) {
      const weekday = (firstWeekday + day - 1) % 7;
      if (this.fields.takesDay({ day, weekday, daysInMonth })) bits |= 1 << (day - 1);
    }
    return bits;
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

const startOf = (index: number): number => Date.UTC(Math.floor(index / 12), index % 12, 1) / DAY_MS;

/** The bits of a month's days from `offset` (first day: 0) on. */
const from = (offset: number): number => (offset <= 0 ? -1 : offset >= 31 ? 0 : -1 << offset);

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
