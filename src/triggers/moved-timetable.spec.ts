import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listed } from '../../test/support/listed-timetable.js';
import { calendarSchema, type CalendarUse } from '../domain/calendar.js';
import { CalendarResolver } from './calendar-resolver.js';
import { TriggerResolver } from './trigger-resolver.js';
import { upcoming } from '../../test/support/upcoming.js';
import { cronTriggerType } from './types/cron.trigger.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const BERLIN = 'Europe/Berlin';
const cron = (expression: string, timeZone = 'UTC'): Timetable =>
  cronTriggerType.timetable({ type: 'cron', expression, timeZone }, { createdAt: 0, seed: '' })!;
const shift = (...names: string[]): CalendarUse[] => names.map((name) => ({ name, mode: 'shift' }));

function within(table: Timetable, calendars: Record<string, object>, uses: CalendarUse[]): Timetable {
  const parsed = Object.entries(calendars).map(([name, calendar]) => [name, calendarSchema.parse(calendar)] as const);
  return new CalendarResolver(new TriggerResolver(), Object.fromEntries(parsed)).within(table, uses);
}

const short = (at: number) => new Date(at).toISOString().slice(5, 16).replace('T', ' ');
const shown = (runs: PlannedRun[]) =>
  runs.map(({ at, dueAt }) => (dueAt === undefined ? short(at) : `${short(at)} at ${short(dueAt)}`));
const from = (text: string) => Date.parse(`${text}T00:00:00Z`);

describe('calendars that shift', () => {
  const weekend = { weekdays: ['sat', 'sun'] };

  it('move an occurrence to the same local time of the next business day, under its nominal time', () => {
    const table = within(cron('30 9 2 * *'), { weekend }, shift('weekend'));
    // 2 January 2027 is a Saturday, 2 May a Sunday.
    expect(shown(upcoming(table, from('2027-01-01'), 5))).toEqual([
      '01-02 09:30 at 01-04 09:30',
      '02-02 09:30',
      '03-02 09:30',
      '04-02 09:30',
      '05-02 09:30 at 05-03 09:30',
    ]);
    expect(table.next(from('2027-01-01'))!.calendar).toBe('weekend');
  });

  it('leave to a later occurrence what would start with it or after it', () => {
    const daily = within(cron('0 9 * * *'), { weekend }, shift('weekend'));
    expect(shown(upcoming(daily, from('2027-01-01'), 3))).toEqual(['01-01 09:00', '01-04 09:00', '01-05 09:00']);
    expect(daily.leftOut!(from('2027-01-01'), from('2027-01-05'))).toEqual([
      {
        from: Date.parse('2027-01-02T09:00:00Z'),
        to: Date.parse('2027-01-03T09:00:00Z'),
        count: 2,
        calendar: 'weekend',
        outcome: 'coalesced',
      },
    ]);
    const onWeekends = within(cron('0 9,17 * * 0,6'), { weekend }, shift('weekend'));
    expect(shown(upcoming(onWeekends, from('2027-01-01'), 3))).toEqual([
      '01-03 09:00 at 01-04 09:00',
      '01-03 17:00 at 01-04 17:00',
      '01-10 09:00 at 01-11 09:00',
    ]);
  });

  it('look at every calendar of the task for the next business day', () => {
    const holidays = { dates: ['2027-01-04'] };
    const table = within(cron('0 9 * * 6'), { weekend, holidays }, [...shift('weekend'), 'holidays']);
    expect(shown(upcoming(table, from('2027-01-01'), 2))).toEqual([
      '01-02 09:00 at 01-05 09:00',
      '01-09 09:00 at 01-11 09:00',
    ]);
    const excluded = within(cron('0 9 * * 6'), { weekend, holidays: { dates: ['2027-01-02'] } }, [
      ...shift('weekend'),
      'holidays',
    ]);
    expect(shown(upcoming(excluded, from('2027-01-01'), 1))).toEqual(['01-09 09:00 at 01-11 09:00']);
  });

  it('move what falls into a window to its end, once', () => {
    const night = { windows: [{ from: '22:00', to: '06:30' }] };
    const table = within(cron('0 * * * *'), { night }, shift('night'));
    expect(shown(upcoming(table, Date.parse('2027-01-01T20:30:00Z'), 3))).toEqual([
      '01-01 21:00',
      '01-02 06:00 at 01-02 06:30',
      '01-02 07:00',
    ]);
  });

  it('keep the local time over a clock change, and take what that leaves out as later by the gap', () => {
    const table = within(cron('30 2 * * 6', BERLIN), { days: { timeZone: BERLIN, weekdays: ['sat'] } }, shift('days'));
    expect(shown(upcoming(table, from('2027-03-20'), 2))).toEqual([
      '03-20 01:30 at 03-21 01:30',
      '03-27 01:30 at 03-28 01:30',
    ]);
    expect(shown(upcoming(table, from('2027-04-01'), 1))).toEqual(['04-03 00:30 at 04-04 00:30']);
  });

  it('take days from recurrence rules', () => {
    const holidays = {
      timeZone: 'America/New_York',
      rrules: ['FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO', 'DTSTART:20270101\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR'],
    };
    const table = within(cron('0 9 * * 1,5', 'America/New_York'), { holidays }, ['holidays']);
    expect(shown(upcoming(table, from('2027-05-20'), 5))).toEqual([
      '05-24 13:00',
      '05-28 13:00',
      '06-07 13:00',
      '06-11 13:00',
      '06-14 13:00',
    ]);
  });

  it('end every search after a thousand steps, also where nothing is left', () => {
    const never = { rrules: ['FREQ=DAILY'] };
    const seconds = cron('* * * * * *');
    for (const mode of ['shift', 'exclude'] as const) {
      let steps = 0;
      const counting: Timetable = {
        next: (after) => (steps++, seconds.next(after)),
        previous: (before) => (steps++, seconds.previous(before)),
        count: (after, until) => (steps++, seconds.count(after, until)),
      };
      const table = within(counting, { never }, [{ name: 'never', mode }]);
      expect([table.next(from('2027-01-01')), table.previous(from('2027-01-01'))]).toEqual([null, null]);
      expect(steps).toBeLessThan(2100);
    }
  });

  const calendar = fc.record({
    timeZone: fc.constantFrom('UTC', BERLIN, 'Australia/Lord_Howe'),
    dates: fc.subarray(['2027-03-26', '2027-03-29', '2027-03-30', '2027-04-01', '2027-04-04'], { maxLength: 4 }),
    weekdays: fc.subarray(['sun', 'mon', 'sat'], { maxLength: 2 }),
    windows: fc.subarray(
      [
        { from: '22:00', to: '06:00' },
        { from: '01:30', to: '02:30' },
        { from: '12:00', to: '24:00' },
      ],
      { maxLength: 1 },
    ),
  });
  const uses = fc.array(fc.constantFrom<'shift' | 'exclude'>('shift', 'shift', 'exclude'), {
    minLength: 1,
    maxLength: 3,
  });
  const START = from('2027-03-25');
  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 14 * 48 }), { minLength: 1, maxLength: 40 });

  it('agree with the plainest reading of their rule', () => {
    fc.assert(
      fc.property(
        fc.tuple(calendar, calendar, calendar),
        uses,
        instants,
        fc.integer({ min: -48, max: 15 * 48 }),
        fc.integer({ min: -48, max: 15 * 48 }),
        (calendars, modes, halfHours, low, high) => {
          const base = listed(halfHours.map((at) => START + at * 30 * MINUTE));
          const names = ['a', 'b', 'c'];
          const table = within(
            base,
            Object.fromEntries(names.map((name, index) => [name, calendars[index]!])),
            modes.map((mode, index) => ({ name: names[index]!, mode })),
          );
          if (!table.starts) return;
          const { starts } = table;
          const all = upcoming(base, 0, 100).map(({ at }) => ({ at, start: starts.of(at) }));
          const kept = all.filter(
            ({ at, start }, index) =>
              start < Infinity &&
              !isExcluded(at, calendars, modes) &&
              all.slice(index + 1).every((later) => isExcluded(later.at, calendars, modes) || later.start > start),
          );
          const plain = listed(kept.map(({ at }) => at));
          const [after, until] = [START + low * 30 * MINUTE, START + high * 30 * MINUTE];
          expect(table.next(after)?.at).toBe(plain.next(after)?.at);
          expect(table.previous(after)?.at).toBe(plain.previous(after)?.at);
          expect(table.count(after, until)).toBe(plain.count(after, until));
          expect(table.starts.lastBefore(after)?.at).toBe(kept.findLast(({ start }) => start < after)?.at);
          const told = (table.leftOut?.(after, until) ?? []).reduce((sum, { count }) => sum + count, 0);
          expect(told).toBe(base.count(after, until) - plain.count(after, until));
        },
      ),
      { numRuns: 300 },
    );
  });

  function isExcluded(at: number, calendars: object[], modes: string[]): boolean {
    return modes.some((mode, index) => {
      if (mode !== 'exclude') return false;
      return within(listed([at]), { x: calendars[index]! }, ['x']).next(at - DAY) === null;
    });
  }
});
