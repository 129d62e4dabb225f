import type { RuleTime } from './recurrence-rule.js';

const FORM = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/;

/** Reads `20270131`, `20270131T090000` or `20270131T090000Z`. @throws Error with a sentence */
export function parseRuleTime(text: string): RuleTime {
  const match = FORM.exec(text);
  if (!match) throw new Error(`has ${JSON.stringify(text)}, which is not a date or time such as "20270131T090000Z"`);
  const parts = match.slice(1, 7).map((part) => Number(part ?? 0));
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!same || year < 1900) throw new Error(`has ${JSON.stringify(text)}, which is not in the calendar from 1900 on`);
  return { ms: date.getTime(), isUtc: match[7] === 'Z', isDate: match[4] === undefined };
}
