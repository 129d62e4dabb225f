import { describe, expect, it } from '@jest/globals';
import type { RruleTrigger } from '../../domain/trigger.js';
import { upcoming } from '../../../test/support/upcoming.js';
import { TriggerFault } from '../trigger-type.js';
import { rruleTriggerType } from './rrule.trigger.js';

const CREATED = Date.parse('2027-01-04T08:30:15.700Z');
const DAY = 86_400_000;

const timetable = (rule: string, timeZone?: string, createdAt = CREATED) =>
  rruleTriggerType.timetable(triggerOf(rule, timeZone), { createdAt, seed: 'task' })!;
const triggerOf = (rule: string, timeZone?: string): RruleTrigger => ({
  type: 'rrule',
  rule,
  ...(timeZone !== undefined && { timeZone }),
});
const first = (rule: string, count: number, timeZone?: string) =>
  upcoming(timetable(rule, timeZone), Number.NEGATIVE_INFINITY, count).map(({ at }) => new Date(at).toISOString());

function faultOf(rule: string, timeZone?: string): TriggerFault {
  try {
    timetable(rule, timeZone);
  } catch (error) {
    if (error instanceof TriggerFault) return error;
    throw error;
  }
  throw new Error(`not refused: ${rule}`);
}

describe('the start of a series', () => {
  it('is the second in which the task was created, without a DTSTART', () => {
    expect(first('FREQ=DAILY', 2)).toEqual(['2027-01-04T08:30:15.000Z', '2027-01-05T08:30:15.000Z']);
    expect(first('RRULE:FREQ=DAILY;BYHOUR=9', 1, 'Asia/Tokyo')).toEqual(['2027-01-05T00:30:15.000Z']);
    const later = timetable('FREQ=DAILY', 'UTC', CREATED + DAY / 2);
    expect(later.next(0)).toEqual({ at: CREATED - 700 + DAY / 2 });
  });

  it('is DTSTART in its own zone, in that of the trigger, or in UTC', () => {
    const rule = 'RRULE:FREQ=WEEKLY;BYDAY=MO';
    const expected = ['2027-07-05T07:00:00.000Z'];
    expect(first(`DTSTART;TZID=Europe/Berlin:20270705T090000\n${rule}`, 1)).toEqual(expected);
    expect(first(`DTSTART:20270705T090000\r\n${rule}`, 1, 'Europe/Berlin')).toEqual(expected);
    expect(first(`dtstart:20270705T070000z\n${rule.toLowerCase()}`, 1, 'Europe/Berlin')).toEqual(expected);
    expect(first(`DTSTART;VALUE=DATE:20270705\n${rule}`, 1)).toEqual(['2027-07-05T00:00:00.000Z']);
  });

  it('is not an occurrence unless the rule matches it', () => {
    expect(first('DTSTART:20270101T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15', 1)).toEqual([
      '2027-01-15T09:00:00.000Z',
    ]);
  });
});

describe('dates beside the rule', () => {
  const text = [
    'DTSTART;TZID=Europe/Berlin:20270301T090000',
    'RRULE:FREQ=DAILY;COUNT=5',
    'EXDATE;TZID=Europe/Berlin:20270302T090000,20270',
    ' 303T090000',
    'EXDATE:20270401T000000Z',
    'RDATE:20270310T120000Z,20270304T080000Z',
  ].join('\r\n');

  it('are added and taken out, also where a line is folded', () => {
    const expected = ['01T08:00', '04T08:00', '05T08:00', '10T12:00'];
    expect(first(text, 9)).toEqual(expected.map((part) => `2027-03-${part}:00.000Z`));
  });

  it('count both ways', () => {
    const table = timetable(text);
    const all = upcoming(table, 0, 9).map(({ at }) => at);
    expect(table.count(0, Number.POSITIVE_INFINITY)).toBe(4);
    expect(all.map((at) => table.count(0, at))).toEqual([1, 2, 3, 4]);
    expect(all.map((at) => table.previous(at)?.at)).toEqual([undefined, ...all.slice(0, -1)]);
    expect(table.previous(Number.POSITIVE_INFINITY)).toEqual({ at: all.at(-1) });
  });
});

describe('what is refused', () => {
  it.each([
    ['no rule', 'DTSTART:20270101T000000Z', 'has no RRULE'],
    ['two rules', 'RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY', 'several RRULE'],
    ['another line', 'EXRULE:FREQ=DAILY\nRRULE:FREQ=DAILY', 'EXRULE'],
    ['plain text', 'every day', 'begins with none of'],
    ['no frequency', 'RRULE:INTERVAL=2', 'must have FREQ'],
    ['a frequency that is none', 'FREQ=HOURLYISH', 'must have FREQ'],
    ['parts of a second', 'FREQ=SECONDLY;INTERVAL=0.5', 'INTERVAL, which must be a whole number'],
    ['an unknown part', 'FREQ=DAILY;BYFOO=1', 'BYFOO, which is not known'],
    ['a part twice', 'FREQ=DAILY;BYHOUR=1;BYHOUR=2', 'BYHOUR twice'],
    ['a part without a value', 'FREQ=DAILY;BYHOUR=', 'form NAME=value'],
    ['an hour that is none', 'FREQ=DAILY;BYHOUR=24', 'from 0 to 23'],
    ['a leap second', 'FREQ=DAILY;BYSECOND=60', 'leap seconds'],
    ['a zeroth day', 'FREQ=MONTHLY;BYMONTHDAY=0', 'counts from 1'],
    ['a weekday that is none', 'FREQ=WEEKLY;BYDAY=XX', 'none of SU, MO'],
    ['COUNT with UNTIL', 'FREQ=DAILY;COUNT=2;UNTIL=20280101T000000Z', 'both COUNT and UNTIL'],
    ['a huge COUNT', 'FREQ=DAILY;COUNT=100001', 'from 1 to 100000'],
    ['a huge INTERVAL', 'FREQ=DAILY;INTERVAL=1000001', 'from 1 to 1000000'],
    ['a date that is none', 'FREQ=DAILY;UNTIL=20270230T000000Z', 'not in the calendar'],
    ['weeks of months', 'FREQ=MONTHLY;BYWEEKNO=3', 'only goes with FREQ=YEARLY'],
    ['days of the year of weeks', 'FREQ=WEEKLY;BYYEARDAY=3', 'does not go with FREQ=WEEKLY'],
    ['a numbered weekday of weeks', 'FREQ=WEEKLY;BYDAY=1MO', 'numbered weekday'],
    ['a position among nothing', 'FREQ=DAILY;BYSETPOS=1', 'without another BY part'],
    ['a day that no month has', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'never fires'],
    ['a second that no step reaches', 'DTSTART:20270101T000000Z\nRRULE:FREQ=SECONDLY;INTERVAL=60;BYSECOND=30', 'never'],
    ['an end before the start', 'FREQ=DAILY;UNTIL=20200101T000000Z', 'never fires'],
    ['a whole day as an exception', 'RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20270101', 'only a date at EXDATE'],
    ['a period', 'RRULE:FREQ=DAILY\nRDATE;VALUE=PERIOD:20270101T000000Z/PT1H', 'VALUE=PERIOD'],
    ['too many dates', `RRULE:FREQ=DAILY\nEXDATE:${Array(1001).fill('20270101T000000Z').join(',')}`, 'more than 1000'],
  ])('%s', (_, rule, sentence) => {
    const fault = faultOf(rule);
    expect(fault.pointer).toBe('/rule');
    expect(fault.message).toMatch(sentence);
  });

  it('a zone that is none, or two that differ', () => {
    expect(faultOf('FREQ=DAILY', 'Nowhere')).toMatchObject({ pointer: '/timeZone' });
    expect(faultOf('DTSTART;TZID=Nowhere:20270101T000000\nRRULE:FREQ=DAILY')).toMatchObject({ pointer: '/timeZone' });
    expect(faultOf('RRULE:FREQ=DAILY\nEXDATE;TZID=Nowhere:20270101T000000')).toMatchObject({ pointer: '/rule' });
    const differing = faultOf('DTSTART;TZID=Europe/Berlin:20270101T000000\nRRULE:FREQ=DAILY', 'UTC');
    expect(differing).toMatchObject({ pointer: '/timeZone', message: expect.stringContaining('Europe/Berlin') });
  });

  it('whatever never fires', () => {
    for (let month = 1; month <= 12; month++) {
      expect(faultOf(`FREQ=MINUTELY;INTERVAL=1440;BYHOUR=9;BYMINUTE=31;BYMONTH=${month}`).message).toMatch('never');
      expect(faultOf(`FREQ=YEARLY;BYWEEKNO=${month};BYMONTH=11`).message).toMatch('never');
    }
  });
});

it.each([
  ['FREQ=DAILY', 'Every day, in the time zone UTC'],
  [
    'FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR,2MO;BYHOUR=9;BYMINUTE=0;COUNT=10',
    'Every 3 months, on the last Friday and the 2nd Monday, at hour 9, minute 0, 10 times, in the time zone UTC',
  ],
  [
    'DTSTART;TZID=Europe/Berlin:20270101T090000\nRRULE:FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=-1;UNTIL=20300101\nEXDATE:20280101T000000Z',
    'Every year, in January and December, on day -1 (from the end) of the month, until 2030-01-01, with 0 more dates and 1 less, in the time zone Europe/Berlin',
  ],
  [
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1,3',
    'Every month, on Monday and Tuesday, of these only the last and 3rd, in the time zone UTC',
  ],
])('says %j in words', (rule, words) => expect(rruleTriggerType.describe(triggerOf(rule))).toBe(words));
