import { expect, it } from '@jest/globals';
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { NotCarriedOver } from '../reading.js';
import { cronParserTrigger } from './cron-parser-expression.js';

const resolver = new TriggerResolver();
const COUNT = 6;

const number = (first: number, last: number) => fc.integer({ min: first, max: last }).map(String);
const range = (first: number, last: number) =>
  fc
    .tuple(fc.integer({ min: first, max: last }), fc.integer({ min: first, max: last }))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const field = (first: number, last: number, stars: number) =>
  fc.oneof(
    { weight: stars, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: number(first, last) },
    { weight: 1, arbitrary: range(first, last) },
    { weight: 1, arbitrary: fc.tuple(range(first, last), number(1, 7)).map(([values, step]) => `${values}/${step}`) },
    { weight: 1, arbitrary: number(2, 9).map((step) => `*/${step}`) },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(fc.integer({ min: first, max: last }), { minLength: 2, maxLength: 4 })
        .map((all) => all.join(',')),
    },
  );
const week = fc.oneof(
  { weight: 9, arbitrary: field(0, 6, 4) },
  fc.constantFrom('5L', '1#2', 'MON-FRI', 'sun', '7', '1-7'),
);
const month = fc.oneof({ weight: 9, arbitrary: field(1, 12, 9) }, fc.constantFrom('jan', 'MAR-may'));
const day = fc.oneof({ weight: 9, arbitrary: field(1, 28, 4) }, fc.constantFrom('L', '?', '31'));
const expression = fc
  .tuple(fc.constantFrom('', '', '0 ', '30 ', '*/20 '), field(0, 59, 1), field(0, 23, 2), day, month, week)
  .map(([second, ...rest]) => second + rest.join(' '));
/** Days before clock changes, whose hours begin on the hour, and of a zone that has none. */
const place = fc.constantFrom(
  ...[
    ['Europe/Berlin', '2027-03-27T12:00Z'],
    ['Europe/Berlin', '2027-10-30T12:00Z'],
  ],
  ...[
    ['America/New_York', '2027-03-13T12:00Z'],
    ['America/New_York', '2027-11-06T12:00Z'],
  ],
  ['Asia/Tokyo', '2027-01-01T00:00Z'],
) as fc.Arbitrary<[string, string]>;

it('fires when cron-parser does, over clock changes too', () => {
  let compared = 0;
  fc.assert(
    fc.property(expression, place, (text, [timeZone, from]) => {
      const trigger = translated(text, timeZone);
      if (trigger === null) return;
      const theirs = timesOf(text, timeZone, from);
      if (theirs === null) return;
      compared++;
      const { runs } = resolver.preview(trigger, Date.parse(from), COUNT);
      expect(runs.map(({ at }) => new Date(at).toISOString())).toEqual(theirs);
    }),
    { numRuns: 600, seed: 17 },
  );
  expect(compared).toBeGreaterThan(400);
});

function translated(text: string, timeZone: string) {
  try {
    return cronParserTrigger(text, timeZone);
  } catch (error) {
    if (error instanceof NotCarriedOver) return null;
    throw error;
  }
}

/** Null where cron-parser finds no such day. */
function timesOf(text: string, tz: string, currentDate: string): string[] | null {
  try {
    const times = CronExpressionParser.parse(text, { tz, currentDate: new Date(currentDate) });
    return Array.from({ length: COUNT }, () => times.next().toDate().toISOString());
  } catch {
    return null;
  }
}

it.each([
  ['*/5 * * * *', '0,5,10,15,20,25,30,35,40,45,50,55 * * * *'],
  ['0 0 */2 * 1', '0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1'],
  ['10 * * *', '0-59 10 * * *'],
  ['@weekdays', '0 0 * * 1,2,3,4,5'],
  ['15 30 6 * * 7', '15 30 6 * * 0'],
])('writes %s as %s', (text, written) => {
  expect(cronParserTrigger(text, 'UTC').expression).toBe(written);
});

it.each([
  '0 0 L * 1',
  '0 0 1-31 * 1',
  '0 0 1 * 0-6',
  '0 0 1 * 1#1,2#2',
  '0 25 * * *',
  '0 0 15W * *',
  'every day',
  '',
  '0 22-2 * * *',
])('leaves out %s', (text) => {
  expect(() => cronParserTrigger(text, 'UTC')).toThrow(NotCarriedOver);
});
