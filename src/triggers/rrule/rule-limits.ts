import type { RecurrenceRule } from './recurrence-rule.js';

const BY_PARTS = [
  'byMonth',
  'byWeekNo',
  'byYearDay',
  'byMonthDay',
  'byDay',
  'byHour',
  'byMinute',
  'bySecond',
] as const satisfies (keyof RecurrenceRule)[];

/** Refuses the combinations that RFC 5545 §3.3.10 forbids. @throws Error with a sentence */
export function checkParts(rule: RecurrenceRule): void {
  const { frequency, bySetPos, byDay, byWeekNo } = rule;
  const refuse = (wrong: unknown, sentence: string) => {
    if (wrong) throw new Error(sentence);
  };
  refuse(rule.count !== null && rule.until, 'has both COUNT and UNTIL, of which only one may stand');
  refuse(byWeekNo && frequency !== 'YEARLY', 'has BYWEEKNO, which only goes with FREQ=YEARLY');
  refuse(
    rule.byYearDay && ['DAILY', 'WEEKLY', 'MONTHLY'].includes(frequency),
    `has BYYEARDAY, which does not go with FREQ=${frequency}`,
  );
  refuse(rule.byMonthDay && frequency === 'WEEKLY', 'has BYMONTHDAY, which does not go with FREQ=WEEKLY');
  refuse(
    byDay?.some(({ nth }) => nth !== null) && ((frequency !== 'MONTHLY' && frequency !== 'YEARLY') || byWeekNo),
    'has a numbered weekday in BYDAY, which only goes with FREQ=MONTHLY or FREQ=YEARLY without BYWEEKNO',
  );
  refuse(
    bySetPos && BY_PARTS.every((part) => rule[part] === null),
    'has BYSETPOS without another BY part from whose days or times it could choose',
  );
}
