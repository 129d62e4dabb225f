import { describe, expect, it } from '@jest/globals';
import { calendarSchema } from '../domain/calendar.js';
import { CalendarTimetable } from './calendar-timetable.js';
import { ClosedTimes } from './closed-times.js';
import { cronTriggerType } from './types/cron.trigger.js';
import { Zone } from './zone.js';

const DAY = 86_400_000;
const timeZone = 'Europe/Berlin';
const hourly = cronTriggerType.timetable(
  { type: 'cron', expression: '0 * * * *', timeZone },
  { createdAt: 0, seed: '' },
)!;
const FROM = Date.UTC(2027, 2, 20);
const UNTIL = FROM + 14 * DAY;
const calendar = (fields: object) =>
  new CalendarTimetable(hourly, [{ name: 'c', times: ClosedTimes.of(calendarSchema.parse({ timeZone, ...fields })) }]);

/** Every hour of two weeks around a clock change that a plain reading of the calendar leaves open. */
const expected = (open: (local: Date) => boolean): number[] => {
  const kept: number[] = [];
  for (let next = hourly.next(FROM); next && next.at <= UNTIL; next = hourly.next(next.at)) {
    if (open(new Date(next.at + Zone.of(timeZone).offsetAt(next.at)))) kept.push(next.at);
  }
  return kept;
};
const isoDay = (local: Date) => local.toISOString().slice(0, 10);

describe('CalendarTimetable', () => {
  it.each([
    [{}, () => true],
    [{ weekdays: ['sat', 'sun'] }, (local: Date) => ![0, 6].includes(local.getUTCDay())],
    [{ dates: ['2027-03-28'] }, (local: Date) => isoDay(local) !== '2027-03-28'],
    [{ windows: [{ from: '08:00', to: '10:30' }] }, (local: Date) => ![8, 9, 10].includes(local.getUTCHours())],
    [
      { windows: [{ from: '22:00', to: '06:00' }] },
      (local: Date) => local.getUTCHours() >= 6 && local.getUTCHours() < 22,
    ],
  ] as [object, (local: Date) => boolean][])('leaves out what %j names', (fields, isOpen) => {
    const table = calendar(fields);
    const kept = expected(isOpen);
    const forth: number[] = [];
    for (let next = table.next(FROM); next && next.at <= UNTIL; next = table.next(next.at)) forth.push(next.at);
    const back: number[] = [];
    for (let last = table.previous(UNTIL + 1); last && last.at > FROM; last = table.previous(last.at))
      back.unshift(last.at);
    expect(forth).toEqual(kept);
    expect(back).toEqual(kept);
    expect(table.count(FROM, UNTIL)).toBe(kept.length);
    const out = expected((local) => !isOpen(local));
    const entry = { from: out[0], to: out.at(-1), count: out.length, calendar: 'c', outcome: 'skipped' };
    expect(table.leftOut(FROM, UNTIL)).toEqual(out.length > 0 ? [entry] : []);
  });

  it('gives up where everything is left out', () => {
    const table = calendar({
      windows: [
        { from: '00:00', to: '12:00' },
        { from: '12:00', to: '24:00' },
      ],
    });
    expect([table.next(FROM), table.previous(FROM), table.count(FROM, UNTIL)]).toEqual([null, null, 0]);
  });
});
