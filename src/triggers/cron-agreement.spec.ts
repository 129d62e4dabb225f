import { describe, expect, it } from '@jest/globals';
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { upcoming } from '../../test/support/upcoming.js';
import { cronTriggerType } from './types/cron.trigger.js';

/** Expressions on which every dialect agrees, in UTC, where no clock ever changes. */
const expression = fc
  .tuple(
    fc.constantFrom('0', '*/20', '15,45', '59', '*'),
    fc.constantFrom('*', '0', '30', '*/15', '5-50/15', '7,21'),
    fc.constantFrom('*', '0', '1-3', '*/6', '23', '9,17'),
    fc.constantFrom('*', '1', '15,31', 'L', '10-20'),
    fc.constantFrom('*', '1-12/3', '3,10', 'FEB', 'jun-aug'),
    fc.constantFrom('*', '0', '1-5', 'SAT', '7'),
  )
  .map((fields) => fields.join(' '));

describe('the cron evaluator', () => {
  it('finds what cron-parser finds', () => {
    const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });
    fc.assert(
      fc.property(expression, instant, (text, from) => {
        const table = cronTriggerType.timetable(
          { type: 'cron', expression: text, timeZone: 'UTC' },
          { createdAt: from, seed: '' },
        )!;
        const theirs = CronExpressionParser.parse(text, { currentDate: new Date(from), tz: 'UTC' });
        const expected = Array.from({ length: 5 }, () => theirs.next().getTime());
        expect(upcoming(table, from, 5).map(({ at }) => at)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
