import { DAY_OF_MONTH, DAY_OF_WEEK, refuse } from './cron-field.js';
import { itemsOf, valueOf, valuesOfItem } from './field-values.js';
import type { HashedChoice } from './hashed-choice.js';

/** A day of a month, with all that day fields ask of it. */
export interface LocalDay {
  /** 1 to 31. */
  day: number;
  /** 0 (Sunday) to 6. */
  weekday: number;
  daysInMonth: number;
}

/** Whether a day field takes a day. */
export type DayRule = (day: LocalDay) => boolean;

const SUNDAY = 0;
const SATURDAY = 6;

/**
 * The rule of both day fields together. As in Vixie cron a field that starts with "*" does not restrict on its own, so
 * both must hold; where neither does, either one suffices.
 */
export function dayRule(ofMonth: string, ofWeek: string, choose: HashedChoice): DayRule {
  const takesDate = anyOf(itemsOf(DAY_OF_MONTH, ofMonth).map((item) => dayOfMonth(item, choose)));
  const takesWeekday = anyOf(itemsOf(DAY_OF_WEEK, ofWeek).map((item) => dayOfWeek(item, choose)));
  return needsBothDays(ofMonth, ofWeek)
    ? (day) => takesDate(day) && takesWeekday(day)
    : (day) => takesDate(day) || takesWeekday(day);
}

/** Whether a day must satisfy both day fields rather than either. */
export const needsBothDays = (...fields: readonly string[]): boolean => fields.some((text) => /^[*?]/.test(text));

const anyOf =
  (rules: readonly DayRule[]): DayRule =>
  (day) =>
    rules.some((rule) => rule(day));

function dayOfMonth(item: string, choose: HashedChoice): DayRule {
  if (/^W$/i.test(item)) return ({ weekday }) => isWorkday(weekday);
  const fromEnd = /^L(?:-(\d{1,2}))?(W?)$/i.exec(item);
  if (fromEnd) {
    const distance = Number(fromEnd[1] ?? 0);
    if (distance > 30) refuse(DAY_OF_MONTH, item, 'is not within L-0 to L-30');
    return nthDay(({ daysInMonth }) => daysInMonth - distance, fromEnd[2] !== '');
  }
  const nearest = /^(\d{1,2})W$/i.exec(item);
  if (nearest) {
    const target = valueOf(DAY_OF_MONTH, item, nearest[1]!);
    return nthDay(() => target, true);
  }
  const days = new Set(valuesOfItem(DAY_OF_MONTH, item, choose));
  return ({ day }) => days.has(day);
}

/** One day of the month, or the workday nearest to it; a month that lacks the day has neither. */
function nthDay(targetIn: (month: LocalDay) => number, nearestWorkday: boolean): DayRule {
  return (month) => {
    const target = targetIn(month);
    if (target < 1 || target > month.daysInMonth) return false;
    return month.day === (nearestWorkday ? workdayNear(target, month) : target);
  };
}

/** Monday to Friday nearest to a day, without leaving its month. */
function workdayNear(target: number, { day, weekday, daysInMonth }: LocalDay): number {
  const weekdayThere = (((weekday + target - day) % 7) + 7) % 7;
  if (weekdayThere === SATURDAY) return target > 1 ? target - 1 : target + 2;
  if (weekdayThere === SUNDAY) return target < daysInMonth ? target + 1 : target - 2;
  return target;
}

const isWorkday = (weekday: number): boolean => weekday !== SUNDAY && weekday !== SATURDAY;

function dayOfWeek(item: string, choose: HashedChoice): DayRule {
  if (/^L$/i.test(item)) return ({ weekday }) => weekday === SATURDAY;
  const [name = '', nth, ...more] = item.split('#');
  if (nth !== undefined) return more.length === 0 ? nthWeekday(item, name, nth) : refuse(DAY_OF_WEEK, item, NOT_NTH);
  if (/.L$/i.test(item)) return nthWeekday(item, item.slice(0, -1), 'L');
  const weekdays = new Set(valuesOfItem(DAY_OF_WEEK, item, choose));
  return ({ weekday }) => weekdays.has(weekday);
}

const NOT_NTH = 'must be one day of the week, "#" and 1 to 5 or L';

/** The first to fifth of a weekday in its month, or the last. */
function nthWeekday(item: string, name: string, nth: string): DayRule {
  if (!/^[1-5L]$/i.test(nth)) refuse(DAY_OF_WEEK, item, NOT_NTH);
  const wanted = valueOf(DAY_OF_WEEK, item, name) % 7;
  return /L/i.test(nth)
    ? ({ day, weekday, daysInMonth }) => weekday === wanted && day + 7 > daysInMonth
    : ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(nth);
}
