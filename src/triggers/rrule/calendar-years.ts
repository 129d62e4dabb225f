import { spend } from '../../domain/budget.js';
import type { YearSource } from './local-series.js';
import type { RecurrenceRule } from './recurrence-rule.js';
import { DAY_MS, firstDayOf, RuleDays, weekStartOf } from './rule-days.js';
import { cachedTable, newSeriesName, YearTable } from './year-table.js';

/**
 * The years of a rule of days, weeks, months or years: whole calendar periods, counted from the period of the start.
 */
export class CalendarYears implements YearSource {
  private readonly name = newSeriesName();
  private readonly rule: RecurrenceRule;
  private readonly ruleDays: RuleDays;
  private readonly times: Int32Array;
  private readonly start: { day: number; year: number; month: number };

  /** `start` is a local time (epoch ms as if UTC); it supplies the parts that the rule leaves out. */
  constructor(rule: RecurrenceRule, start: number) {
    const date = new Date(start);
    this.start = { day: Math.floor(start / DAY_MS), year: date.getUTCFullYear(), month: date.getUTCMonth() };
    this.rule = withStart(rule, date);
    this.ruleDays = new RuleDays(this.rule);
    this.times = timesOf(
      rule.byHour ?? [date.getUTCHours()],
      rule.byMinute ?? [date.getUTCMinutes()],
      rule.bySecond ?? [date.getUTCSeconds()],
    );
  }

  table(year: number): YearTable {
    return cachedTable(`${this.name}/${year}`, () => this.build(year));
  }

  days(year: number): readonly number[] {
    return this.isSkipped(year) ? [] : this.table(year).days;
  }

  private build(year: number): YearTable {
    if (this.isSkipped(year)) return new YearTable([], []);
    if (this.rule.bySetPos) return this.chosen(year, this.rule.bySetPos);
    const days = this.periods(year).flat();
    const own = days.filter((day) => day >= firstDayOf(year) && day < firstDayOf(year + 1));
    return new YearTable(
      own,
      own.map(() => this.times),
    );
  }

  private isSkipped(year: number): boolean {
    return this.rule.frequency === 'YEARLY' && !this.isTurn(year - this.start.year);
  }

  private isTurn(periodsSinceStart: number): boolean {
    return periodsSinceStart % this.rule.interval === 0;
  }

  /** The matching days of each period that touches the year; a week's days may lie outside the year. */
  private periods(year: number): number[][] {
    switch (this.rule.frequency) {
      case 'YEARLY':
        return [this.ruleDays.ofYear(year)];
      case 'MONTHLY':
        return Array.from({ length: 12 }, (_, month) =>
          this.isTurn((year - this.start.year) * 12 + month - this.start.month)
            ? this.ruleDays.ofMonth(year, month + 1)
            : [],
        );
      case 'WEEKLY':
        return this.weeks(year);
      case 'DAILY':
      case 'HOURLY':
      case 'MINUTELY':
      case 'SECONDLY':
        return this.ruleDays
          .ofYear(year)
          .filter((day) => this.isTurn(day - this.start.day))
          .map((day) => [day]);
    }
  }

  private weeks(year: number): number[][] {
    const { weekStart } = this.rule;
    const startWeek = weekStartOf(this.start.day, weekStart);
    const from = firstDayOf(year) - 6;
    const to = firstDayOf(year + 1) + 6;
    const days = [year - 1, year, year + 1].flatMap((each) => this.daysNear(each, year));
    const weeks = new Map<number, number[]>();
    for (const day of days) {
      const week = weekStartOf(day, weekStart);
      if (day < from || day >= to || !this.isTurn((week - startWeek) / 7)) continue;
      weeks.set(week, [...(weeks.get(week) ?? []), day]);
    }
    return [...weeks.values()];
  }

  private daysNear(each: number, year: number): number[] {
    if (each === year) return this.ruleDays.ofYear(year);
    return this.ruleDays.ofMonth(each, each < year ? 12 : 1);
  }

  /** Numbers the days and times of each period in order, and takes those at the positions (BYSETPOS). */
  private chosen(year: number, positions: readonly number[]): YearTable {
    const byDay = new Map<number, Set<number>>();
    for (const days of this.periods(year)) {
      spend(positions.length);
      const size = days.length * this.times.length;
      for (const position of positions) {
        const index = position > 0 ? position - 1 : size + position;
        if (index < 0 || index >= size) continue;
        const day = days[Math.floor(index / this.times.length)]!;
        const seconds = byDay.get(day) ?? new Set();
        byDay.set(day, seconds.add(this.times[index % this.times.length]!));
      }
    }
    const own = [...byDay].filter(([day]) => day >= firstDayOf(year) && day < firstDayOf(year + 1));
    own.sort(([a], [b]) => a - b);
    return new YearTable(
      own.map(([day]) => day),
      own.map(([, seconds]) => Int32Array.from(seconds).sort()),
    );
  }
}

/** A rule with more times of day than this should count minutes or seconds. */
const MOST_TIMES = 1440;

/** Seconds of the day at these hours, minutes and seconds, ascending. @throws Error with a sentence */
function timesOf(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): Int32Array {
  const size = hours.length * minutes.length * seconds.length;
  if (size > MOST_TIMES) throw new Error(`names ${size} times of the day, more than ${MOST_TIMES}; use FREQ=SECONDLY`);
  return Int32Array.from(
    hours.flatMap((hour) => minutes.flatMap((minute) => seconds.map((second) => hour * 3600 + minute * 60 + second))),
  );
}

/** The rule completed with the day, weekday or month of its start if it names none (RFC 5545 §3.3.10). */
function withStart(rule: RecurrenceRule, start: Date): RecurrenceRule {
  const namesDay = rule.byYearDay ?? rule.byMonthDay ?? rule.byDay;
  if (namesDay) return rule;
  const weekday = [{ weekday: start.getUTCDay(), nth: null }];
  if (rule.frequency === 'WEEKLY' || rule.byWeekNo) return { ...rule, byDay: weekday };
  if (rule.frequency === 'MONTHLY') return { ...rule, byMonthDay: [start.getUTCDate()] };
  if (rule.frequency !== 'YEARLY') return rule;
  return { ...rule, byMonth: rule.byMonth ?? [start.getUTCMonth() + 1], byMonthDay: [start.getUTCDate()] };
}
