import { spend } from '../../domain/budget.js';
import type { YearSource } from './local-series.js';
import type { RecurrenceRule } from './recurrence-rule.js';
import { RuleDays } from './rule-days.js';
import { cachedList, cachedTable, newSeriesName, YearTable } from './year-table.js';

const UNIT_SECONDS = { HOURLY: 3600, MINUTELY: 60, SECONDLY: 1 } as const;

/** The years of a rule of hours, minutes or seconds: every nth unit from the start, filtered by the local clock. */
export class ClockYears implements YearSource {
  private readonly name = newSeriesName();
  private readonly ruleDays: RuleDays;
  private readonly unit: number;
  private readonly startUnit: number;
  /** Seconds within a matching unit. */
  private readonly within: readonly number[];
  private readonly hours: ReadonlySet<number> | null;
  private readonly minutes: ReadonlySet<number> | null;
  private readonly seconds: ReadonlySet<number> | null;

  /** `start` is a local time (epoch ms as if UTC); it supplies the parts that the rule leaves out. */
  constructor(
    private readonly rule: RecurrenceRule,
    start: number,
  ) {
    this.ruleDays = new RuleDays(rule);
    this.unit = UNIT_SECONDS[rule.frequency as keyof typeof UNIT_SECONDS];
    this.startUnit = Math.floor(start / 1000 / this.unit);
    this.within = chosen(secondsWithin(rule, new Date(start)), rule.bySetPos);
    this.hours = rule.byHour && new Set(rule.byHour);
    this.minutes = rule.frequency === 'HOURLY' ? null : rule.byMinute && new Set(rule.byMinute);
    this.seconds = rule.frequency === 'SECONDLY' ? rule.bySecond && new Set(rule.bySecond) : null;
  }

  table(year: number, shift: number): YearTable {
    return cachedTable(`${this.name}/${year}/${shift}`, () => this.build(year, shift));
  }

  days(year: number): readonly number[] {
    return cachedTable(`${this.name}/${year}`, () => new YearTable(this.ruleDays.ofYear(year), [])).days;
  }

  private build(year: number, shift: number): YearTable {
    spend(this.days(year).length);
    const lists = this.days(year).map((day) => this.timesOf(day, shift));
    return new YearTable(
      this.days(year).filter((_, index) => lists[index]!.length > 0),
      lists.filter((list) => list.length > 0),
    );
  }

  private timesOf(day: number, shift: number): Int32Array {
    const { interval } = this.rule;
    const unitsPerDay = 86_400 / this.unit;
    const target = this.startUnit + Math.floor(shift / this.unit) - day * unitsPerDay;
    // Days with the same first unit have the same times.
    const first = ((target % interval) + interval) % interval;
    return cachedList(`${this.name}/${Math.min(first, unitsPerDay)}`, () => this.timesFrom(first));
  }

  private timesFrom(first: number): Int32Array {
    const found: number[] = [];
    spend((86_400 / this.unit / this.rule.interval) * (this.within.length / 4 + 1) * 0.2);
    for (let second = first * this.unit; second < 86_400; second += this.rule.interval * this.unit) {
      if (this.takes(second)) for (const offset of this.within) found.push(second + offset);
    }
    return Int32Array.from(found);
  }

  private takes(second: number): boolean {
    return (
      (!this.hours || this.hours.has(Math.floor(second / 3600))) &&
      (!this.minutes || this.minutes.has(Math.floor(second / 60) % 60)) &&
      (!this.seconds || this.seconds.has(second % 60))
    );
  }
}

/** The seconds within a unit that the rule's smaller parts name. */
function secondsWithin({ frequency, byMinute, bySecond }: RecurrenceRule, start: Date): number[] {
  if (frequency === 'SECONDLY') return [0];
  const seconds = bySecond ?? [start.getUTCSeconds()];
  if (frequency === 'MINUTELY') return [...seconds];
  return (byMinute ?? [start.getUTCMinutes()]).flatMap((minute) => seconds.map((second) => minute * 60 + second));
}

function chosen(values: number[], positions: readonly number[] | null): number[] {
  if (!positions) return values;
  const indexes = new Set(positions.map((position) => (position > 0 ? position - 1 : values.length + position)));
  return values.filter((_, index) => indexes.has(index));
}
