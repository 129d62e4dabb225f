import { MONTH_LENGTHS, type MonthShape } from './month-shapes.js';

/** Days of a month as the bits of a number: bit 0 is its first day. */
export type DayMask = number;

/** The matching days in a month of this shape. */
export type MaskOf = (shape: MonthShape) => DayMask;

const bitOf = (day: number): DayMask => 1 << (day - 1);

/** The same days of each month, without those that the month lacks. */
export function datesMask(days: Iterable<number>): MaskOf {
  let mask = 0;
  for (const day of days) mask |= bitOf(day);
  return ({ length }) => mask & MONTH_LENGTHS[length]!;
}

/** Every day that falls on one of the weekdays, 0 (Sunday) to 6. */
export function weekdaysMask(weekdays: Iterable<number>): MaskOf {
  const wanted = new Set(weekdays);
  return ({ length, firstWeekday }) => {
    let mask = 0;
    for (let day = 1; day <= length; day++) if (wanted.has((firstWeekday + day - 1) % 7)) mask |= bitOf(day);
    return mask;
  };
}

/** The nth of a weekday in its month (1 to 5), or the last one. */
export const nthWeekdayMask =
  (weekday: number, nth: number | 'last'): MaskOf =>
  ({ length, firstWeekday }) => {
    const first = 1 + ((weekday - firstWeekday + 7) % 7);
    const day = nth === 'last' ? first + 7 * Math.floor((length - first) / 7) : first + 7 * (nth - 1);
    return day > length ? 0 : bitOf(day);
  };

/** One day of the month; a month that lacks it has none. */
export const dayMask =
  (dayIn: (shape: MonthShape) => number): MaskOf =>
  (shape) => {
    const day = dayIn(shape);
    return day < 1 || day > shape.length ? 0 : bitOf(day);
  };

/** The union of several masks. */
export const unionOf =
  (masks: readonly MaskOf[]): MaskOf =>
  (shape) =>
    masks.reduce((all, mask) => all | mask(shape), 0);
