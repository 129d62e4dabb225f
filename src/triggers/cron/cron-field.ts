/** One of the seven fields of a cron expression and its possible values. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  /** The greatest value that an expression may contain. */
  readonly max: number;
  /** The last value of `*` and of open steps. */
  readonly last: number;
  /** The number of values after which the field starts again (60 for minutes); null for years, which never do. */
  readonly cycle: number | null;
  /** The greatest value that a bare `H` takes. */
  readonly hashedTo: number;
  /** Names in capitals and their values. */
  readonly names: ReadonlyMap<string, number>;
}

const NO_NAMES: ReadonlyMap<string, number> = new Map();

const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(' ');
const DAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' ');

/** Each name in full and by its first three letters. */
const named = (names: readonly string[], first: number): ReadonlyMap<string, number> =>
  new Map(names.flatMap((name, index) => [name, name.slice(0, 3)].map((text) => [text, index + first])));

const cyclic = (name: string, min: number, last: number): CronField => ({
  name,
  min,
  max: last,
  last,
  cycle: last - min + 1,
  hashedTo: last,
  names: NO_NAMES,
});

export const SECOND = cyclic('second', 0, 59);
export const MINUTE = cyclic('minute', 0, 59);
export const HOUR = cyclic('hour', 0, 23);
/** A bare `H` stays within the days that every month has. */
export const DAY_OF_MONTH: CronField = { ...cyclic('day of month', 1, 31), hashedTo: 28 };
export const MONTH: CronField = { ...cyclic('month', 1, 12), names: named(MONTHS, 1) };
/** Sunday is 0 and 7. */
export const DAY_OF_WEEK: CronField = { ...cyclic('day of week', 0, 6), max: 7, names: named(DAYS, 0) };
export const YEAR: CronField = { ...cyclic('year', 1970, 2199), cycle: null };

/** The fields of an expression in order. */
export const CRON_FIELDS = [SECOND, MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK, YEAR] as const;

/** Refuses a part of a field with a sentence that names the field and quotes the text. */
export function refuse(field: CronField, text: string, why: string): never {
  throw new Error(`the ${field.name} field has ${quoted(text)}, which ${why}`);
}

/** A caller's text as part of a sentence, shortened when it is long. */
export const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
