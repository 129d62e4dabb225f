import { describe, expect, it } from '@jest/globals';
import { CronTime } from 'cron';
import fc from 'fast-check';
import type { CronTrigger } from '../../domain/trigger.js';
import { cronTriggerType } from '../../triggers/types/cron.trigger.js';
import { triggerOf } from './cron-dialect.js';

const cronOf = (expression: string, timeZone = 'UTC') => triggerOf(new CronTime(expression, timeZone)) as CronTrigger;
const expressionOf = (expression: string) => cronOf(expression).expression;

/** The first instants after `from`, as `cron` and as the runner finds them. */
function both(expression: string, timeZone: string, from: number, count: number): [number[], number[]] {
  const time = new CronTime(expression, timeZone);
  const table = cronTriggerType.timetable(triggerOf(time) as CronTrigger, { createdAt: 0, seed: '' })!;
  const theirs: number[] = [];
  const ours: number[] = [];
  for (let at = from; theirs.length < count; theirs.push(at)) {
    // The type of the parameter is a date of luxon or a Date; the zone is that of the time.
    at = time.getNextDateFrom(new Date(at), timeZone).toMillis();
  }
  for (let at = from; ours.length < count; ours.push(at)) at = table.next(at)!.at;
  return [theirs, ours];
}

const field = (low: number, high: number) => {
  const value = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: high });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    value.map(String),
    step.map((by) => `*/${by}`),
    fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(value, step).map(([a, by]) => `${a}/${by}`),
    fc.array(value, { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
  );
};

const expressions = fc
  .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
  .map((fields) => fields.join(' '));

describe('the dialect of cron', () => {
  it.each([
    ['0 0 */3 * 1', '0 0 0 1,4,7,10,13,16,19,22,25,28,31 * 1'],
    ['0 0 1-31 * 1', '0 0 0 * * 1'],
    ['*/15 * * * * *', '0,15,30,45 * * * * *'],
    ['0 9 * jan-mar mon,7', '0 0 9 * 1,2,3 0,1'],
    ['@weekly', '0 0 0 * * 0'],
    ['0 0 * * 0-7', '0 0 0 * * *'],
  ])('reads %j as %j', (theirs, ours) => expect(expressionOf(theirs)).toBe(ours));

  it('lets either of two restricting day fields do, steps or not', () => {
    const [theirs, ours] = both('0 0 */3 * 1', 'UTC', Date.UTC(2027, 0, 1), 40);
    expect(ours).toEqual(theirs);
    expect(ours.map((at) => new Date(at).getUTCDay() === 1)).toContain(false);
  });

  it('means the same instants, whatever the expression', () => {
    fc.assert(
      fc.property(expressions, fc.integer({ min: 0, max: 700 }), (expression, days) => {
        const [theirs, ours] = both(expression, 'UTC', Date.UTC(2026, 10, 1) + days * 86_400_000, 4);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'Asia/Kolkata'])(
    'means the same instants in %s, on days without a clock change',
    (zone) => {
      fc.assert(
        fc.property(expressions, fc.constantFrom(0, 1, 5, 6, 7, 11), (expression, month) => {
          const [[theirs], [ours]] = both(expression, zone, Date.UTC(2027, month, 15, 3), 1);
          const hour = 3_600_000;
          const offset = (at: number) =>
            new Date(at).toLocaleString('en', { timeZone: zone, timeZoneName: 'longOffset' }).slice(-9);
          if (offset(theirs! - 3 * hour) === offset(theirs! + 3 * hour)) expect(ours).toBe(theirs);
        }),
        { numRuns: 100 },
      );
    },
  );

  it.each([
    ['30 2 * * *', 'Europe/Berlin', Date.UTC(2027, 2, 27, 12), 3],
    ['0 */2 * * *', 'Europe/Berlin', Date.UTC(2027, 2, 27, 20), 8],
    ['30 2 * * *', 'Europe/Berlin', Date.UTC(2027, 9, 30, 12), 3],
    ['0 * * * *', 'Europe/Berlin', Date.UTC(2027, 9, 30, 20), 12],
    ['0 * * * *', 'America/New_York', Date.UTC(2027, 2, 14, 3), 8],
    ['0 12 * * *', 'America/New_York', Date.UTC(2027, 10, 5), 5],
  ])('goes with %j through a clock change in %s', (expression, zone, from, count) => {
    const [theirs, ours] = both(expression, zone, from, count);
    expect(ours.map((at) => new Date(at).toISOString())).toEqual(theirs.map((at) => new Date(at).toISOString()));
  });

  const zoneAt = (utcOffset: number) => (triggerOf(new CronTime('0 0 * * *', null, utcOffset)) as CronTrigger).timeZone;

  it('reads an offset as the zone that keeps it', () => {
    for (const minutes of [-720, -570, -60, 0, 60, 120, 210, 330, 345, 525, 570, 840]) {
      const shown = new Date(0).toLocaleString('en', { timeZone: zoneAt(minutes), timeZoneName: 'longOffset' });
      expect(new Date(Date.UTC(2027, 6, 1)).toLocaleString('en', { timeZone: zoneAt(minutes), hour12: false })).toBe(
        new Date(Date.UTC(2027, 6, 1) + minutes * 60_000).toLocaleString('en', { timeZone: 'UTC', hour12: false }),
      );
      expect(shown).toBeTruthy();
    }
    expect(() => zoneAt(17)).toThrow('has the UTC offset of 17 minutes');
    expect(cronOf('0 0 * * *', 'UTC+3').timeZone).toBe('Etc/GMT-3');
  });

  it('takes the zone of this process unless told another, and a date as it is', () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    expect(triggerOf(new CronTime('0 0 * * *'))).toMatchObject({ timeZone });
    const date = new Date(Date.UTC(2030, 0, 1));
    expect(triggerOf(new CronTime(date))).toEqual({ type: 'once', at: '2030-01-01T00:00:00.000Z' });
  });
});
