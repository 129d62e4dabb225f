/** The units of a rule, longest first. */
export const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** The weekdays by number, 0 (Sunday) to 6. */
export const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;

/** A weekday, or only the nth one of the month or year (negative: from the end). */
export interface RuleDay {
  /** 0 (Sunday) to 6. */
  weekday: number;
  nth: number | null;
}

/** A date and time without a zone, written as if it were UTC (epoch ms), or an instant in UTC. */
export interface RuleTime {
  ms: number;
  isUtc: boolean;
  /** Only a date was given: `ms` is its midnight. */
  isDate: boolean;
}

/** The parts of an RRULE (RFC 5545 §3.3.10); a part that was not given is null. Lists are ascending, each value once. */
export interface RecurrenceRule {
  frequency: Frequency;
  interval: number;
  count: number | null;
  until: RuleTime | null;
  /** 0 (Sunday) to 6. */
  weekStart: number;
  byMonth: readonly number[] | null;
  byWeekNo: readonly number[] | null;
  byYearDay: readonly number[] | null;
  byMonthDay: readonly number[] | null;
  byDay: readonly RuleDay[] | null;
  byHour: readonly number[] | null;
  byMinute: readonly number[] | null;
  bySecond: readonly number[] | null;
  bySetPos: readonly number[] | null;
}

/**
 * Whether the rule counts hours, minutes or seconds, which are real time. Days and longer units follow the calendar.
 */
export const countsRealTime = ({ frequency }: RecurrenceRule): boolean =>
  frequency === 'HOURLY' || frequency === 'MINUTELY' || frequency === 'SECONDLY';
