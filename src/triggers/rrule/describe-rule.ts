import { WEEKDAYS, type Frequency, type RecurrenceRule } from './recurrence-rule.js';

const UNITS: Record<Frequency, string> = {
  YEARLY: 'year',
  MONTHLY: 'month',
  WEEKLY: 'week',
  DAILY: 'day',
  HOURLY: 'hour',
  MINUTELY: 'minute',
  SECONDLY: 'second',
};
const DAY_NAMES: Record<(typeof WEEKDAYS)[number], string> = {
  SU: 'Sunday',
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
};
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Describes a rule in words. */
export function describeRule(rule: RecurrenceRule): string {
  const { frequency, interval, byMonth, byWeekNo, byYearDay, byMonthDay, byDay, bySetPos, count, until } = rule;
  const unit = UNITS[frequency];
  const parts = [
    `Every ${interval === 1 ? unit : `${interval} ${unit}s`}`,
    byMonth && `in ${list(byMonth.map((month) => MONTHS[month - 1]!))}`,
    byWeekNo && `in week ${list(byWeekNo.map(position))}`,
    byYearDay && `on day ${list(byYearDay.map(position))} of the year`,
    byMonthDay && `on day ${list(byMonthDay.map(position))} of the month`,
    byDay &&
      `on ${list(byDay.map(({ weekday, nth }) => `${nth === null ? '' : `the ${ordinal(nth)} `}${dayName(weekday)}`))}`,
    timeOfDay(rule),
    bySetPos && `of these only the ${list(bySetPos.map(ordinal))}`,
    count !== null && (count === 1 ? 'once' : `${count} times`),
    until && `until ${new Date(until.ms).toISOString().slice(0, until.isDate ? 10 : 19)}${until.isUtc ? 'Z' : ''}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function timeOfDay({ byHour, byMinute, bySecond }: RecurrenceRule): string | null {
  const parts = [
    byHour && `hour ${list(byHour.map(String))}`,
    byMinute && `minute ${list(byMinute.map(String))}`,
    bySecond && `second ${list(bySecond.map(String))}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `at ${parts.join(', ')}`;
}

const dayName = (weekday: number): string => DAY_NAMES[WEEKDAYS[weekday]!];

function ordinal(nth: number): string {
  if (nth === -1) return 'last';
  return nth < 0 ? `${suffixed(-nth)} last` : suffixed(nth);
}

function suffixed(nth: number): string {
  const suffix = nth % 100 >= 11 && nth % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][nth % 10] ?? 'th');
  return `${nth}${suffix}`;
}

const position = (value: number): string => (value < 0 ? `${value} (from the end)` : String(value));

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
