import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCron, type CronFields } from './cron-fields.js';
import { LocalSchedule } from './local-schedule.js';

const DAY = 86_400_000;
const START = Date.UTC(2028, 1, 27);
const schedule = (expression: string) => new LocalSchedule(parseCron(expression));

/** Whether a second matches, by checking each field. */
function takes(fields: CronFields, local: number): boolean {
  const date = new Date(local);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return (
    fields.seconds.includes(date.getUTCSeconds()) &&
    fields.minutes.includes(date.getUTCMinutes()) &&
    fields.hours.includes(date.getUTCHours()) &&
    fields.months.has(date.getUTCMonth() + 1) &&
    fields.takesDay({ day: date.getUTCDate(), weekday: date.getUTCDay(), daysInMonth: lastDay })
  );
}

describe('LocalSchedule', () => {
  it('takes the instant that it starts from for next, and leaves it out for previous', () => {
    const noon = START + DAY / 2;
    expect(schedule('0 12 * * *').next(noon)).toBe(noon);
    expect(schedule('0 12 * * *').next(noon + 1)).toBe(noon + DAY);
    expect(schedule('0 12 * * *').previous(noon)).toBe(noon - DAY);
    expect(schedule('0 12 * * *').previous(noon + 1)).toBe(noon);
  });

  it('has nothing where no day fits', () => {
    const never = new LocalSchedule({ ...parseCron('* * * * *'), takesDay: () => false });
    expect([never.next(START), never.previous(START), never.count(START, START + 4000 * DAY)]).toEqual([null, null, 0]);
  });

  it('waits for the leap day across a century that has none, and for its weekday', () => {
    const leap = schedule('0 0 29 2 *');
    expect(leap.next(Date.UTC(2096, 2, 1))).toBe(Date.UTC(2104, 1, 29));
    expect(leap.previous(Date.UTC(2104, 1, 29))).toBe(Date.UTC(2096, 1, 29));
    const fifthMonday = schedule('0 0 * 2 1#5');
    expect(fifthMonday.next(Date.UTC(2072, 2, 1))).toBe(Date.UTC(2112, 1, 29));
    expect(fifthMonday.previous(Date.UTC(2112, 1, 29))).toBe(Date.UTC(2072, 1, 29));
  });

  it('counts nothing of an empty or a reversed stretch', () => {
    const all = schedule('* * * * * *');
    expect([all.count(START, START), all.count(START + 5000, START), all.count(START + 1, START + 999)]).toEqual([
      0, 0, 0,
    ]);
    expect(all.count(START, START + 1)).toBe(1);
  });

  it('works before 1970 as after it', () => {
    const nightly = schedule('0 2 * * *');
    expect(nightly.next(Date.UTC(1969, 11, 31, 1))).toBe(Date.UTC(1969, 11, 31, 2));
    expect(nightly.previous(Date.UTC(1969, 11, 31, 1))).toBe(Date.UTC(1969, 11, 30, 2));
    expect(nightly.count(Date.UTC(1969, 0, 1), Date.UTC(1971, 0, 1))).toBe(730);
  });

  const expression = fc
    .tuple(
      fc.constantFrom('0', '*/25', '7,58'),
      fc.constantFrom('*', '0', '*/20', '13-15', '59'),
      fc.constantFrom('*', '0', '23', '5-7', '*/8'),
      fc.constantFrom('*', '28-31', '29', 'L', '*/2'),
      fc.constantFrom('*', '2', '3', '2,3'),
      fc.constantFrom('*', '0', '1-5', '2L', '2#5'),
    )
    .map((fields) => fields.join(' '));
  const offset = fc.integer({ min: 0, max: 4 * DAY });

  it('finds and counts what looking at every second finds', () => {
    fc.assert(
      fc.property(expression, offset, fc.integer({ min: 0, max: 3_600_000 }), (text, from, span) => {
        const fields = parseCron(text);
        const found: number[] = [];
        const first = START + from;
        for (let at = Math.ceil(first / 1000) * 1000; at < first + span; at += 1000)
          if (takes(fields, at)) found.push(at);
        const local = new LocalSchedule(fields);
        expect(local.count(first, first + span)).toBe(found.length);
        const next = local.next(first);
        expect(next !== null && next < first + span ? next : undefined).toBe(found[0]);
        const previous = local.previous(first + span);
        expect(previous !== null && previous >= first ? previous : undefined).toBe(found.at(-1));
      }),
      { numRuns: 100 },
    );
  });

  it('counts over years what it finds one by one', () => {
    fc.assert(
      fc.property(offset, fc.integer({ min: 0, max: 1500 }), fc.constantFrom('L', '29', '*/10'), (from, days, day) => {
        const local = schedule(`30 */6 ${day} * 1#2`);
        const [first, end] = [START + from, START + from + days * DAY];
        let found = 0;
        for (let at = local.next(first); at !== null && at < end; at = local.next(at + 1)) found++;
        expect(local.count(first, end)).toBe(found);
      }),
      { numRuns: 50 },
    );
  });
});
