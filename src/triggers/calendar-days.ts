import { LRUCache } from 'lru-cache';
import type { Turns } from '../clock/turns.js';
import { spend, withBudget } from '../domain/budget.js';
import { WEEKDAYS, type Calendar } from '../domain/calendar.js';
import type { Fault } from '../domain/errors.js';
import { pointerOf } from '../domain/faults.js';
import { parseSeries } from './rrule/parse-series.js';
import { countsRealTime, type RecurrenceRule } from './rrule/recurrence-rule.js';
import { ruleTimetable } from './rrule/rule-timetable.js';
import type { Timetable } from './trigger-type.js';
import { Zone } from './zone.js';

const DAY_MS = 86_400_000;
/**
 * How many excluded days in a row a search passes before it assumes that all days are excluded: over two and a half
 * years.
 */
const MOST_DAYS = 1000;
/** Rules are asked for the days of this many days at once. */
const BLOCK_DAYS = 100;

/** What of a calendar excludes a day. */
export const CLOSED_BY = ['date', 'weekday', 'rule'] as const;
export type ClosedBy = (typeof CLOSED_BY)[number];

/** The days that a calendar excludes. A day is a count of days since 1970-01-01 by the calendar's own clock. */
export class CalendarDays {
  private readonly weekdays: ReadonlySet<number>;
  private readonly dates: ReadonlySet<number>;
  private readonly rules: readonly Timetable[];
  /** The days that the rules name, by number of the block. */
  private readonly blocks = new LRUCache<number, ReadonlySet<number>>({ max: 100 });
  /** The latest stretch of excluded days that was found: the days after `from` and before `until`. */
  private passed = { from: 0, until: 0 };

  constructor({ weekdays, dates, rrules }: Pick<Calendar, 'weekdays' | 'dates' | 'rrules'>) {
    this.weekdays = new Set(weekdays.map((name) => WEEKDAYS.indexOf(name)));
    this.dates = new Set(dates.map((date) => Date.parse(date) / DAY_MS));
    this.rules = rrules.map(dayRule);
  }

  has(day: number): boolean {
    return this.closedBy(day) !== null;
  }

  /** What excludes the day; null where nothing does. */
  closedBy(day: number): ClosedBy | null {
    if (this.dates.has(day)) return 'date';
    if (this.weekdays.has((((day + 4) % 7) + 7) % 7)) return 'weekday';
    return this.rules.length > 0 && this.ruledBlock(day).has(day) ? 'rule' : null;
  }

  /** The days that the rules name in the block that contains `day`. */
  private ruledBlock(day: number): ReadonlySet<number> {
    const number = Math.floor(day / BLOCK_DAYS);
    let block = this.blocks.get(number);
    if (!block) this.blocks.set(number, (block = new Set(this.rules.flatMap((rule) => daysIn(rule, number)))));
    return block;
  }

  /** The first day after `day` that is not excluded, or null when there is none within 1,000 days. */
  openAfter(day: number): number | null {
    const { passed } = this;
    let next = day + 1;
    for (; next <= day + MOST_DAYS; next++) {
      spend();
      if (next > passed.from && next < passed.until) next = passed.until;
      if (!this.has(next)) break;
    }
    this.passed = { from: day >= passed.from && day < passed.until ? passed.from : day, until: next };
    return next <= day + MOST_DAYS ? next : null;
  }
}

function daysIn(rule: Timetable, block: number): number[] {
  const days: number[] = [];
  const end = (block + 1) * BLOCK_DAYS * DAY_MS;
  for (let next = rule.next(block * BLOCK_DAYS * DAY_MS - 1); next && next.at < end; next = rule.next(next.at)) {
    spend(4);
    days.push(next.at / DAY_MS);
  }
  return days;
}

/** How many steps a search for the first day of a rule may take. */
const MOST_STEPS = 30_000;
/** How many rules all calendars together may have. */
const MOST_RULES = 2000;

/**
 * Checks the rules of calendars; faults point into the settings that hold them. There may be many rules: other
 * organizations get their turn between them.
 */
export async function calendarFaults(
  organization: string,
  calendars: Readonly<Record<string, Calendar>>,
  turns: Turns,
): Promise<Fault[]> {
  const all = Object.entries(calendars).flatMap(([name, { rrules }]) =>
    rrules.map((rule, index) => ({ rule, pointer: pointerOf(['calendars', name, 'rrules', index]) })),
  );
  if (all.length > MOST_RULES) {
    return [{ pointer: '/calendars', detail: `must not have more than ${MOST_RULES} recurrence rules together` }];
  }
  const faults: Fault[] = [];
  for (const { rule, pointer } of all) {
    if (turns.isOver(organization)) await turns.next(organization);
    const detail = faultIn(rule);
    if (detail !== null) faults.push({ pointer, detail });
  }
  return faults;
}

function faultIn(rule: string): string | null {
  try {
    const first = withBudget(MOST_STEPS, 'To find its days', () => dayRule(rule).next(Number.NEGATIVE_INFINITY));
    return first === null ? 'names no day' : null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The days that a rule names, as midnights in UTC. @throws Error with a sentence */
function dayRule(text: string): Timetable {
  const { rule, start, added, removed } = parseSeries(text);
  if (countsRealTime(rule)) throw new Error(`has FREQ=${rule.frequency}, but must name days`);
  if (rule.byHour ?? rule.byMinute ?? rule.bySecond) throw new Error('has a time of the day, but must name whole days');
  if (added.length + removed.length > 0) throw new Error('has RDATE or EXDATE, which do not go with whole days');
  if (!start && dependsOnStart(rule)) {
    throw new Error(
      'needs a DTSTART to count from, or has to name its days, as in "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"',
    );
  }
  const midnight = Math.floor((start?.ms ?? 0) / DAY_MS) * DAY_MS;
  return ruleTimetable({ rule, zone: Zone.of('UTC'), start: midnight, added: [], removed: [] });
}

function dependsOnStart({ frequency, interval, count, byDay, byMonthDay, byYearDay }: RecurrenceRule): boolean {
  const namesDays = frequency === 'DAILY' || byDay !== null || byMonthDay !== null || byYearDay !== null;
  return interval > 1 || count !== null || !namesDays;
}
