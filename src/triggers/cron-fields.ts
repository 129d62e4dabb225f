import { CronExpressionParser } from 'cron-parser';

/** What a cron expression demands of a local date and time. */
export interface CronFields {
  /** Ascending, each once. */
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** 1 to 12. */
  months: ReadonlySet<number>;
  /** Whether the expression's day fields take this day of an acceptable month. */
  takesDay(day: LocalDay): boolean;
  /**
   * True when the expression means "at each turn of the clock" (its hour, minute or second is starred or stepped)
   * rather than fixed times of the day; decides what happens when the clocks change, as in Vixie cron.
   */
  followsClock: boolean;
}

export interface LocalDay {
  /** 1 to 31. */
  day: number;
  /** 0 (Sunday) to 6. */
  weekday: number;
  daysInMonth: number;
}

const FIELD_NAMES = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week'];

/** Reads a cron expression of five fields, or six with seconds first, or a nickname. @throws Error with a sentence. */
export function parseCron(expression: string): CronFields {
  const text = expression.trim();
  const fields = text.startsWith('@') ? null : fieldsOf(text);
  const { fields: parsed } = parse(text.startsWith('@') ? text.toLowerCase() : fields!.join(' '));
  const raw =
    fields ??
    (text.toLowerCase() === '@hourly'
      ? ['0', '0', '*']
      : [parsed.second, parsed.minute, parsed.hour].map((field) => (field.isWildcard ? '*' : '0')));
  return {
    seconds: numbers(parsed.second.values),
    minutes: numbers(parsed.minute.values),
    hours: numbers(parsed.hour.values),
    months: new Set(numbers(parsed.month.values)),
    takesDay: dayRule(
      dayOfMonthRule(parsed.dayOfMonth.values, parsed.dayOfMonth.isWildcard || raw[3] === '?'),
      dayOfWeekRule(parsed.dayOfWeek.values, parsed.dayOfWeek.nthDay, parsed.dayOfWeek.isWildcard || raw[5] === '?'),
    ),
    followsClock: raw.slice(0, 3).some((field) => /[*/]/.test(field)),
  };
}

/** Six fields, with the seconds added where they were left out. */
function fieldsOf(text: string): string[] {
  const fields = text === '' ? [] : text.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw new Error(`must have five fields, or six with seconds first, not ${fields.length}`);
  }
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  const hashed = six.findIndex((field) => /H/i.test(field.replace(/THU|MARCH/gi, '')));
  if (hashed >= 0) throw new Error(`the ${FIELD_NAMES[hashed]} field has "H", which is not supported`);
  return six;
}

function parse(text: string) {
  try {
    return CronExpressionParser.parse(text, { tz: 'UTC' });
  } catch (error) {
    throw new Error(`is not a cron expression: ${(error as Error).message}`, { cause: error });
  }
}

const numbers = (values: readonly (number | string)[]): number[] =>
  [...new Set(values.map(Number))].sort((a, b) => a - b);

type DayRule = ((day: LocalDay) => boolean) | null;

/** Unix rule: when both day fields are restricted, either one suffices. */
function dayRule(ofMonth: DayRule, ofWeek: DayRule): (day: LocalDay) => boolean {
  if (!ofMonth) return ofWeek ?? (() => true);
  if (!ofWeek) return ofMonth;
  return (day) => ofMonth(day) || ofWeek(day);
}

function dayOfMonthRule(values: readonly (number | string)[], wildcard: boolean): DayRule {
  if (wildcard) return null;
  const days = new Set(values);
  return ({ day, daysInMonth }) => days.has(day) || (days.has('L') && day === daysInMonth);
}

function dayOfWeekRule(values: readonly (number | string)[], nth: number, wildcard: boolean): DayRule {
  if (wildcard) return null;
  const days = new Set(values.map((value) => (typeof value === 'number' ? value % 7 : value)));
  return ({ day, weekday, daysInMonth }) => {
    if (nth > 0) return days.has(weekday) && Math.ceil(day / 7) === nth;
    const isLast = day + 7 > daysInMonth;
    return days.has(weekday) || (isLast && [...days].some((value) => lastWeekday(value) === weekday));
  };
}

/** The weekday of a value such as "5L", the month's last Friday. */
const lastWeekday = (value: number | string): number | null =>
  typeof value === 'string' && value.endsWith('L') && value.length > 1 ? Number(value.slice(0, -1)) % 7 : null;
