import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cronTriggerType } from './types/cron.trigger.js';
import { upcoming } from '../../test/support/upcoming.js';
import type { Timetable } from './trigger-type.js';

const cron = (expression: string, timeZone = 'UTC'): Timetable =>
  cronTriggerType.timetable({ type: 'cron', expression, timeZone }, { createdAt: 0, seed: '' })!;

const next = (expression: string, timeZone: string, from: string, count = 1): string[] =>
  upcoming(cron(expression, timeZone), Date.parse(from), count).map(
    ({ at, shifted }) => new Date(at).toISOString().replace('.000Z', 'Z') + (shifted ? ' shifted' : ''),
  );

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'America/St_Johns',
  'Pacific/Apia',
];

describe('cron in a time zone', () => {
  it('excludes the instant that the search starts from', () => {
    expect(next('0 0 * * *', 'UTC', '2027-01-01T00:00:00Z')).toEqual(['2027-01-02T00:00:00Z']);
    expect(next('* * * * * *', 'UTC', '2027-01-01T00:00:00Z', 2)).toEqual([
      '2027-01-01T00:00:01Z',
      '2027-01-01T00:00:02Z',
    ]);
  });

  it('reads the expression in its zone', () => {
    expect(next('0 9 * * 1-5', 'Asia/Kathmandu', '2027-01-01T12:00:00Z')).toEqual(['2027-01-04T03:15:00Z']);
  });

  it('fires a fixed time inside a gap once, at the first instant after it', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00:00Z shifted',
      '2027-03-29T00:30:00Z',
    ]);
    expect(next('15,45 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00:00Z shifted',
      '2027-03-29T00:15:00Z',
    ]);
  });

  it('makes one occurrence of a moved time and one that is due at the same instant', () => {
    expect(next('0 2,3 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:00:00Z',
      '2027-03-29T00:00:00Z',
    ]);
  });

  it('fires a fixed time in a repeated stretch at its first passing', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-11-01T01:30:00Z',
    ]);
  });

  it('never pauses a schedule that follows the clock', () => {
    expect(next('30 * * * *', 'Europe/Berlin', '2027-10-31T00:00:00Z', 3)).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:30:00Z',
      '2027-10-31T02:30:00Z',
    ]);
    expect(next('*/30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 1)).toEqual(['2027-03-29T00:00:00Z']);
  });

  it('knows changes of half an hour and of two hours', () => {
    expect(next('15 2 * * *', 'Australia/Lord_Howe', '2027-10-02T12:00:00Z', 1)).toEqual([
      '2027-10-02T15:30:00Z shifted',
    ]);
    expect(next('30 1 * * *', 'Antarctica/Troll', '2027-03-27T12:00:00Z', 1)).toEqual(['2027-03-28T01:00:00Z shifted']);
  });

  it('does not make up for the day that Apia left out', () => {
    expect(next('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00:00Z', 2)).toEqual([
      '2011-12-29T22:00:00Z',
      '2011-12-30T22:00:00Z',
    ]);
  });

  it('finds 29 February and the last day of a month', () => {
    expect(next('0 0 29 2 *', 'UTC', '2027-01-01T00:00:00Z')).toEqual(['2028-02-29T00:00:00Z']);
    expect(next('0 0 L * *', 'UTC', '2027-02-01T00:00:00Z', 2)).toEqual([
      '2027-02-28T00:00:00Z',
      '2027-03-31T00:00:00Z',
    ]);
    expect(next('0 0 * * 5L', 'UTC', '2027-02-01T00:00:00Z', 1)).toEqual(['2027-02-26T00:00:00Z']);
    expect(next('0 0 * * 1#2', 'UTC', '2027-02-01T00:00:00Z', 1)).toEqual(['2027-02-08T00:00:00Z']);
  });

  it('takes either day field when both are restricted', () => {
    expect(next('0 0 13 * 5', 'UTC', '2027-08-01T00:00:00Z', 3)).toEqual([
      '2027-08-06T00:00:00Z',
      '2027-08-13T00:00:00Z',
      '2027-08-20T00:00:00Z',
    ]);
  });

  it.each(['', '* *', '60 * * * *', '0 0 30 2 *', '0 0 31 4,6 *', 'H(5 * * * *', '* * * * * * * *', 'a b c d e'])(
    'refuses %j with a sentence',
    (expression) => expect(() => cron(expression)).toThrow(/must|not|never/),
  );

  it('refuses an unknown zone', () => {
    expect(() => cron('* * * * *', 'Mars/Olympus')).toThrow('is not an IANA time zone: "Mars/Olympus"');
  });

  const expression = fc
    .tuple(
      fc.constantFrom('0', '*/20', '15,45', '59'),
      fc.constantFrom('*', '0', '30', '*/15', '5-50/15'),
      fc.constantFrom('*', '0', '1', '2', '3', '1-3', '*/6', '23'),
      fc.constantFrom('*', '1', '28-31', 'L', '*/2'),
      fc.constantFrom('*', '1-12/3', '3,10', '2'),
      fc.constantFrom('*', '0', '1-5', '6L'),
    )
    .map((fields) => fields.join(' '));
  const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });

  it('moves strictly forward, and back to where it came from', () => {
    fc.assert(
      fc.property(expression, fc.constantFrom(...ZONES), instant, (text, zone, from) => {
        const table = cron(text, zone);
        const runs = upcoming(table, from, 4);
        runs.reduce((before, { at }) => (expect(at).toBeGreaterThan(before), at), from);
        runs.slice(1).forEach(({ at }, index) => expect(table.previous(at)).toEqual(runs[index]));
      }),
      { numRuns: 400 },
    );
  });

  it('counts as many occurrences as it finds one by one', () => {
    fc.assert(
      fc.property(
        expression,
        fc.constantFrom(...ZONES),
        instant,
        fc.integer({ min: 0, max: 3 * 86_400_000 }),
        (text, zone, from, span) => {
          const table = cron(text, zone);
          let found = 0;
          for (let run = table.next(from); run && run.at <= from + span; run = table.next(run.at)) found++;
          expect(table.count(from, from + span)).toBe(found);
        },
      ),
      { numRuns: 300 },
    );
  });
});
