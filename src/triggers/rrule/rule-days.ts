import { spend } from '../../domain/budget.js';
import type { RecurrenceRule } from './recurrence-rule.js';

export const DAY_MS = 86_400_000;
/** The cost of testing one day. */
const DAY_STEPS = 1;

/** A day of the calendar; `number` counts days from 1970-01-01. */
interface CalendarDay {
  number: number;
  /** 0 (Sunday) to 6. */
  weekday: number;
  /** 1 to 12, and 1 to 31. */
  month: number;
  ofMonth: number;
  /** 1 to 366. */
  ofYear: number;
  monthLength: number;
  yearLength: number;
}

type DayTest = (day: CalendarDay) => boolean;

export const weekdayOfDay = (day: number): number => (((day + 4) % 7) + 7) % 7;
export const firstDayOf = (year: number, month = 1): number => {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, 1);
  return date.getTime() / DAY_MS;
};

/** The days that match a rule's BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY and BYDAY, whatever its interval. */
export class RuleDays {
  private readonly months: ReadonlySet<number> | null;
  private readonly tests: readonly DayTest[];
  /** The matching days by kind of year, counted from the first day of the year. */
  private readonly patterns = new Map<string, readonly number[]>();

  /** `rule` already includes the parts that its start implies. */
  constructor(rule: RecurrenceRule) {
    const { byMonth, byWeekNo, byYearDay, byMonthDay, byDay } = rule;
    this.months = byMonth && new Set(byMonth);
    const tests: (DayTest | null)[] = [
      byWeekNo && weekTest(byWeekNo, rule.weekStart),
      byYearDay && fromEitherEnd(byYearDay, (day) => [day.ofYear, day.yearLength]),
      byMonthDay && fromEitherEnd(byMonthDay, (day) => [day.ofMonth, day.monthLength]),
      byDay && weekdayTest(rule),
    ];
    this.tests = tests.filter((test) => test !== null);
  }

  /** The numbers of the month's matching days, ascending. */
  ofMonth(year: number, month: number): number[] {
    if (this.months && !this.months.has(month)) return [];
    spend(DAY_STEPS * 31);
    const yearStart = firstDayOf(year);
    const start = firstDayOf(year, month);
    const monthLength = firstDayOf(year, month + 1) - start;
    const yearLength = firstDayOf(year + 1) - yearStart;
    const found: number[] = [];
    for (let number = start; number < start + monthLength; number++) {
      const ofMonth = number - start + 1;
      const ofYear = number - yearStart + 1;
      const day = { number, weekday: weekdayOfDay(number), month, ofMonth, ofYear, monthLength, yearLength };
      if (this.tests.every((test) => test(day))) found.push(number);
    }
    return found;
  }

  /** The numbers of the year's matching days, ascending. */
  ofYear(year: number): number[] {
    const kind = kindOf(year);
    const first = firstDayOf(year);
    let pattern = this.patterns.get(kind);
    if (!pattern) {
      const days = Array.from({ length: 12 }, (_, index) => this.ofMonth(year, index + 1)).flat();
      this.patterns.set(kind, (pattern = days.map((day) => day - first)));
    }
    spend(1 + pattern.length / 10);
    return pattern.map((day) => day + first);
  }
}

/**
 * The year's first weekday, and whether it and its neighbours are leap years: nothing else affects its days and weeks.
 */
const kindOf = (year: number): string =>
  `${weekdayOfDay(firstDayOf(year))}/${isLeap(year - 1)}/${isLeap(year)}/${isLeap(year + 1)}`;

const isLeap = (year: number): boolean => firstDayOf(year + 1) - firstDayOf(year) === 366;

/** Matches positions counted from 1, or from -1 at the end. */
function fromEitherEnd(values: readonly number[], position: (day: CalendarDay) => [number, number]): DayTest {
  const wanted = new Set(values);
  return (day) => {
    const [at, length] = position(day);
    return wanted.has(at) || wanted.has(at - length - 1);
  };
}

/** A numbered weekday counts within the month if the rule has months, otherwise within the year. */
function weekdayTest({ byDay, byMonth, frequency }: RecurrenceRule): DayTest {
  const inMonth = frequency === 'MONTHLY' || byMonth !== null;
  const plain = new Set(byDay!.filter(({ nth }) => nth === null).map(({ weekday }) => weekday));
  const numbered = new Set(byDay!.filter(({ nth }) => nth !== null).map(({ weekday, nth }) => `${nth}/${weekday}`));
  if (numbered.size === 0) return ({ weekday }) => plain.has(weekday);
  return (day) => {
    const [at, length] = inMonth ? [day.ofMonth, day.monthLength] : [day.ofYear, day.yearLength];
    const fromStart = Math.floor((at - 1) / 7) + 1;
    const fromEnd = -(Math.floor((length - at) / 7) + 1);
    return [fromStart, fromEnd].some((nth) => numbered.has(`${nth}/${day.weekday}`)) || plain.has(day.weekday);
  };
}

/** Weeks as in ISO 8601, but with any first weekday: week 1 has at least four days in the year. */
function weekTest(values: readonly number[], weekStart: number): DayTest {
  const wanted = new Set(values);
  return (day) => {
    const start = weekStartOf(day.number, weekStart);
    const year = new Date((start + 3) * DAY_MS).getUTCFullYear();
    const first = firstWeekOf(year, weekStart);
    const week = (start - first) / 7 + 1;
    const weeks = (firstWeekOf(year + 1, weekStart) - first) / 7;
    return wanted.has(week) || wanted.has(week - weeks - 1);
  };
}

/** The first day of the week that contains the day. */
export const weekStartOf = (day: number, weekStart: number): number => day - ((weekdayOfDay(day) - weekStart + 7) % 7);

const firstWeekOf = (year: number, weekStart: number): number => weekStartOf(firstDayOf(year) + 3, weekStart);
