import { parseRule } from './parse-rule.js';
import { parseRuleTime } from './rule-time.js';
import type { RecurrenceRule, RuleTime } from './recurrence-rule.js';

const MOST_DATES = 1000;
/** Reading a zone from the runtime is slow. */
const MOST_ZONES = 10;
/** Non-ASCII letters may turn into ASCII when case is ignored; they are refused. */
const NOT_ASCII = /[^\t\n\v\f\r -~]/;
/** The iCalendar lines that say when something recurs. EXRULE is missing: RFC 5545 has dropped it. */
const LINES = ['RRULE', 'DTSTART', 'RDATE', 'EXDATE'];

/** A date and time with the zone that the text names. */
export interface SeriesTime extends RuleTime {
  timeZone: string | null;
}

/** The contents of a rule's text. */
export interface SeriesText {
  rule: RecurrenceRule;
  start: SeriesTime | null;
  added: SeriesTime[];
  removed: SeriesTime[];
}

interface Line {
  name: string;
  timeZone: string | null;
  value: string;
}

/** Reads the bare value of an RRULE, or iCalendar lines that contain one. @throws Error with a sentence */
export function parseSeries(text: string): SeriesText {
  const lines = linesOf(text);
  const [rule, ...otherRules] = lines.filter(({ name }) => name === 'RRULE');
  const [start, ...otherStarts] = lines.filter(({ name }) => name === 'DTSTART');
  if (!rule) throw new Error('has no RRULE');
  if (otherRules.length > 0) throw new Error('has several RRULE lines; give each its own trigger');
  if (otherStarts.length > 0) throw new Error('has several DTSTART lines');
  const dates = (name: string) => lines.filter((line) => line.name === name).flatMap(timesOf);
  const series = {
    rule: parseRule(rule.value.toUpperCase()),
    start: start ? onlyTime(start) : null,
    added: dates('RDATE'),
    removed: dates('EXDATE'),
  };
  const size = series.added.length + series.removed.length;
  if (size > MOST_DATES) throw new Error(`has ${size} dates in RDATE and EXDATE, more than ${MOST_DATES}`);
  const zones = new Set([...series.added, ...series.removed].map(({ timeZone }) => timeZone?.toLowerCase()));
  if (zones.size > MOST_ZONES) throw new Error(`has dates in ${zones.size} time zones, more than ${MOST_ZONES}`);
  return series;
}

function linesOf(text: string): Line[] {
  if (NOT_ASCII.test(text)) throw new Error('must consist of ASCII letters, digits, signs and blanks alone');
  const unfolded = text.trim().replaceAll(/\r?\n[ \t]/g, '');
  return unfolded
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(lineOf);
}

function lineOf(text: string): Line {
  const colon = text.indexOf(':');
  if (colon < 0 && /^FREQ=|;FREQ=/i.test(text)) return { name: 'RRULE', timeZone: null, value: text };
  const [name = '', ...parameters] = text.slice(0, Math.max(colon, 0)).split(';');
  if (!LINES.includes(name.toUpperCase())) {
    throw new Error(`has the line ${JSON.stringify(text.slice(0, 40))}, which begins with none of ${LINES.join(', ')}`);
  }
  return { name: name.toUpperCase(), timeZone: zoneIn(name, parameters), value: text.slice(colon + 1) };
}

function zoneIn(name: string, parameters: readonly string[]): string | null {
  let timeZone: string | null = null;
  for (const parameter of parameters) {
    const [key = '', value = ''] = parameter.split('=');
    if (key.toUpperCase() === 'TZID' && name.toUpperCase() !== 'RRULE') timeZone = value.replaceAll('"', '');
    else if (!/^VALUE=DATE(-TIME)?$/i.test(parameter)) {
      throw new Error(
        `has the parameter ${JSON.stringify(parameter)} at ${name.toUpperCase()}, which is not supported`,
      );
    }
  }
  return timeZone;
}

function timesOf({ name, timeZone, value }: Line): SeriesTime[] {
  return value.split(',').map((item) => {
    const time = parseRuleTime(item.trim().toUpperCase());
    if (time.isUtc && timeZone !== null) throw new Error(`has both TZID and "Z" at ${name}`);
    // A bare date means a whole day, but a series consists of instants.
    if (time.isDate && name !== 'DTSTART') throw new Error(`has only a date at ${name}; give the time of day, too`);
    return { ...time, timeZone };
  });
}

function onlyTime(line: Line): SeriesTime {
  const [time, ...others] = timesOf(line);
  if (others.length > 0) throw new Error(`has several times at ${line.name}`);
  return time!;
}
