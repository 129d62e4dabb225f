import { DAY_OF_MONTH, DAY_OF_WEEK, refuse } from './cron-field.js';
import { dayMask, datesMask, nthWeekdayMask, unionOf, weekdaysMask, type MaskOf } from './day-masks.js';
import { itemsOf, valueOf, valuesOfItem } from './field-values.js';
import type { HashedChoice } from './hashed-choice.js';
import { MONTH_SHAPES, shapeIndex, type MonthShape } from './month-shapes.js';

/** A day of a month, with everything that day fields depend on. */
export interface LocalDay {
  /** 1 to 31. */
  day: number;
  /** 0 (Sunday) to 6. */
  weekday: number;
  daysInMonth: number;
}

/** Whether a day matches the day fields. */
export type DayRule = (day: LocalDay) => boolean;

const SUNDAY = 0;
const SATURDAY = 6;

/**
 * The rule of both day fields together. As in Vixie cron, a field that starts with "*" (or "?") does not restrict on
 * its own: then a day must match both fields. If neither field starts so, one match suffices.
 */
export function dayRule(ofMonth: string, ofWeek: string, choose: HashedChoice): DayRule {
  const dates = masksOf(dayOfMonthMask(ofMonth, choose));
  const weekdays = masksOf(dayOfWeekMask(ofWeek, choose));
  const both = needsBothDays(ofMonth, ofWeek);
  const masks = dates.map((mask, index) => (both ? mask & weekdays[index]! : mask | weekdays[index]!));
  return ({ day, weekday, daysInMonth }) => {
    const firstWeekday = (weekday - ((day - 1) % 7) + 7) % 7;
    return (masks[shapeIndex({ length: daysInMonth, firstWeekday })]! & (1 << (day - 1))) !== 0;
  };
}

/** Whether a day must satisfy both day fields rather than either. */
export const needsBothDays = (...fields: readonly string[]): boolean => fields.some((text) => /^[*?]/.test(text));

/** The days of a month that match a day of month field. @throws Error with a sentence */
export const dayOfMonthMask = (text: string, choose: HashedChoice): MaskOf =>
  maskOf(itemsOf(DAY_OF_MONTH, text), dayOfMonth, (item) => valuesOfItem(DAY_OF_MONTH, item, choose), datesMask);

/** The days of a month that match a day of week field. @throws Error with a sentence */
export const dayOfWeekMask = (text: string, choose: HashedChoice): MaskOf =>
  maskOf(itemsOf(DAY_OF_WEEK, text), dayOfWeek, (item) => valuesOfItem(DAY_OF_WEEK, item, choose), weekdaysMask);

/** The matching days for each month shape, by index of the shape. */
export const masksOf = (mask: MaskOf): Int32Array => Int32Array.from(MONTH_SHAPES, mask);

/** Reads each item once: special items by themselves, the values of all other items together. */
function maskOf(
  items: readonly string[],
  special: (item: string) => MaskOf | null,
  valuesOf: (item: string) => number[],
  maskOfValues: (values: Iterable<number>) => MaskOf,
): MaskOf {
  const values = new Set<number>();
  const masks: MaskOf[] = [];
  for (const item of new Set(items)) {
    const own = special(item);
    if (own) masks.push(own);
    else for (const value of valuesOf(item)) values.add(value);
  }
  return unionOf([...masks, maskOfValues(values)]);
}

function dayOfMonth(item: string): MaskOf | null {
  if (/^W$/i.test(item)) {
    refuse(DAY_OF_MONTH, item, 'needs the day before it, as in "15W"; MON-FRI as the day of week takes every workday');
  }
  const fromEnd = /^L(?:-(\d{1,2}))?(W?)$/i.exec(item);
  if (fromEnd) {
    const distance = Number(fromEnd[1] ?? 0);
    if (distance > 30) refuse(DAY_OF_MONTH, item, 'is not within L-0 to L-30');
    return nthDay(({ length }) => length - distance, fromEnd[2] !== '');
  }
  const nearest = /^(\d{1,2})W$/i.exec(item);
  if (!nearest) return null;
  const target = valueOf(DAY_OF_MONTH, item, nearest[1]!);
  return nthDay(() => target, true);
}

/** One day of the month, or the workday nearest to it; a month that lacks the day has neither. */
const nthDay = (targetIn: (month: MonthShape) => number, nearestWorkday: boolean): MaskOf =>
  dayMask((month) => {
    const target = targetIn(month);
    const isThere = target >= 1 && target <= month.length;
    return nearestWorkday && isThere ? workdayNear(target, month) : target;
  });

/** The day from Monday to Friday nearest to a day, within its month. */
function workdayNear(target: number, { firstWeekday, length }: MonthShape): number {
  const weekdayThere = (firstWeekday + target - 1) % 7;
  if (weekdayThere === SATURDAY) return target > 1 ? target - 1 : target + 2;
  if (weekdayThere === SUNDAY) return target < length ? target + 1 : target - 2;
  return target;
}

function dayOfWeek(item: string): MaskOf | null {
  if (/^L$/i.test(item)) return weekdaysMask([SATURDAY]);
  const [name = '', nth, ...more] = item.split('#');
  if (nth !== undefined) return more.length === 0 ? nthWeekday(item, name, nth) : refuse(DAY_OF_WEEK, item, NOT_NTH);
  return /.L$/i.test(item) ? nthWeekday(item, item.slice(0, -1), 'L') : null;
}

const NOT_NTH = 'must be one day of the week, "#" and 1 to 5 or L';

/** The first to fifth of a weekday in its month, or the last. */
function nthWeekday(item: string, name: string, nth: string): MaskOf {
  if (!/^[1-5L]$/i.test(nth)) refuse(DAY_OF_WEEK, item, NOT_NTH);
  const weekday = valueOf(DAY_OF_WEEK, item, name) % 7;
  return nthWeekdayMask(weekday, /L/i.test(nth) ? 'last' : Number(nth));
}
