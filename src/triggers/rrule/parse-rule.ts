import { FREQUENCIES, WEEKDAYS, type Frequency, type RecurrenceRule, type RuleDay } from './recurrence-rule.js';
import { checkParts } from './rule-limits.js';
import { parseRuleTime } from './rule-time.js';

const LARGEST_COUNT = 100_000;
const LARGEST_INTERVAL = 1_000_000;

type Read<Value> = (text: string, name: string) => Value;

/** How to read each optional part. */
const PARTS = {
  UNTIL: parseRuleTime,
  COUNT: (text, name) => wholeNumber(text, name, 1, LARGEST_COUNT),
  INTERVAL: (text, name) => wholeNumber(text, name, 1, LARGEST_INTERVAL),
  WKST: (text, name) => weekdayOf(text, name),
  BYMONTH: numbers(1, 12),
  BYWEEKNO: numbers(-53, 53),
  BYYEARDAY: numbers(-366, 366),
  BYMONTHDAY: numbers(-31, 31),
  BYDAY: (text, name) => text.split(',').map((item) => ruleDay(item, name)),
  BYHOUR: numbers(0, 23),
  BYMINUTE: numbers(0, 59),
  BYSECOND: numbers(0, 59),
  BYSETPOS: numbers(-366, 366),
} satisfies Record<string, Read<unknown>>;

type PartName = keyof typeof PARTS;

/** Reads the value of an RRULE, such as `FREQ=WEEKLY;BYDAY=MO,FR`. @throws Error with a sentence */
export function parseRule(value: string): RecurrenceRule {
  const parts = partsOf(value);
  const get = <Name extends PartName>(name: Name): ReturnType<(typeof PARTS)[Name]> | null => {
    const text = parts.get(name);
    return text === undefined ? null : (PARTS[name](text, name) as ReturnType<(typeof PARTS)[Name]>);
  };
  const rule: RecurrenceRule = {
    frequency: frequencyOf(parts.get('FREQ')),
    interval: get('INTERVAL') ?? 1,
    count: get('COUNT'),
    until: get('UNTIL'),
    weekStart: get('WKST') ?? 1,
    byMonth: get('BYMONTH'),
    byWeekNo: get('BYWEEKNO'),
    byYearDay: get('BYYEARDAY'),
    byMonthDay: get('BYMONTHDAY'),
    byDay: get('BYDAY'),
    byHour: get('BYHOUR'),
    byMinute: get('BYMINUTE'),
    bySecond: get('BYSECOND'),
    bySetPos: get('BYSETPOS'),
  };
  checkParts(rule);
  return rule;
}

function partsOf(value: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of value.split(';')) {
    const [name = '', text, ...others] = part.split('=');
    if (text === undefined || text === '' || others.length > 0) {
      throw new Error(`has ${JSON.stringify(part)}, which is not of the form NAME=value`);
    }
    if (name !== 'FREQ' && !Object.hasOwn(PARTS, name)) {
      throw new Error(`has the part ${name}, which is not known; there are FREQ, ${Object.keys(PARTS).join(', ')}`);
    }
    if (parts.has(name)) throw new Error(`has the part ${name} twice`);
    parts.set(name, text);
  }
  return parts;
}

function frequencyOf(text: string | undefined): Frequency {
  const found = FREQUENCIES.find((frequency) => frequency === text);
  if (!found) throw new Error(`must have FREQ with one of ${FREQUENCIES.join(', ')}`);
  return found;
}

function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  if (name === 'BYSECOND' && value === 60) throw new Error('has BYSECOND=60, but no clock here shows leap seconds');
  throw new Error(`has ${JSON.stringify(text)} in ${name}, which must be a whole number from ${min} to ${max}`);
}

/** A list of numbers. Where negative numbers count from the end, 0 is not allowed. */
function numbers(min: number, max: number): Read<number[]> {
  return (text, name) => {
    const values = text.split(',').map((item) => wholeNumber(item, name, min, max));
    if (min < 0 && values.includes(0)) throw new Error(`has 0 in ${name}, which counts from 1, or from -1 at the end`);
    return [...new Set(values)].sort((a, b) => a - b);
  };
}

function ruleDay(text: string, name: string): RuleDay {
  const [, nth, weekday] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  if (weekday === undefined)
    throw new Error(`has ${JSON.stringify(text)} in BYDAY, which is not a weekday such as MO or -1FR`);
  const number = nth === undefined ? null : wholeNumber(nth, name, -53, 53);
  if (number === 0) throw new Error('has 0 in BYDAY, which counts from 1, or from -1 at the end');
  return { weekday: weekdayOf(weekday, name), nth: number };
}

function weekdayOf(text: string, name: string): number {
  const index = WEEKDAYS.findIndex((weekday) => weekday === text);
  if (index < 0) throw new Error(`has ${JSON.stringify(text)} in ${name}, which is none of ${WEEKDAYS.join(', ')}`);
  return index;
}
