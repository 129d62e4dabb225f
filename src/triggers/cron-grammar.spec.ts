import { describe, expect, it } from '@jest/globals';
import { localTime, wallTime, type WallTime } from '../../test/support/wall-clock.js';
import { cronTriggerType } from './types/cron.trigger.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];

const table = (expression: string, timeZone = 'UTC') =>
  cronTriggerType.timetable(
    { type: 'cron', expression, timeZone, dst: { gap: 'skip', fold: 'both' } },
    { createdAt: 0, seed: 'a' },
  )!;

/** Every step of a zone's clock, beginning with the first whole hour of a day. */
function walk(timeZone: string, day: string, steps: number, stepMs: number): WallTime[] {
  const near = Date.parse(`${day}T00:00:00Z`);
  const start = near - (localTime(timeZone, near) % HOUR);
  return Array.from({ length: steps }, (_, index) => wallTime(timeZone, start + index * stepMs));
}

/** Compares the matches of an expression with what a plain condition selects from a walk along the clock. */
function compare(walks: [string, WallTime[]][], expression: string, takes: (time: WallTime) => boolean): void {
  for (const [timeZone, times] of walks) {
    const expected = times.filter(takes).map(({ at }) => at);
    expect(expected.length).toBeGreaterThan(0);
    const [first, last] = [times[0]!.at - 1, times.at(-1)!.at];
    const cron = table(expression, timeZone);
    const found: number[] = [];
    for (let run = cron.next(first); run && run.at <= last; run = cron.next(run.at)) found.push(run.at);
    expect({ timeZone, found }).toEqual({ timeZone, found: expected });
    expect(cron.count(first, last)).toBe(expected.length);
    expect(cron.previous(last + 1)?.at).toBe(expected.at(-1));
  }
}

const nth = ({ day }: WallTime) => Math.ceil(day / 7);
const isLast = ({ day, daysInMonth }: WallTime) => day + 7 > daysInMonth;
const workday = ({ weekday }: WallTime) => weekday > 0 && weekday < 6;

/** The workday nearest to a date; tries the dates around it in order of distance. */
function nearest(time: WallTime, target: number): boolean {
  if (target < 1 || target > time.daysInMonth) return false;
  const dates = [0, -1, 1, -2, 2].map((distance) => target + distance);
  const best = dates.find((date) => {
    const weekday = new Date(Date.UTC(time.year, time.month - 1, date)).getUTCDay();
    return date >= 1 && date <= time.daysInMonth && weekday > 0 && weekday < 6;
  });
  return time.day === best;
}

describe('the time fields of a cron expression', () => {
  const minutes = ZONES.map((zone): [string, WallTime[]] => [zone, walk(zone, '2027-03-27', 3 * 1440, 60_000)]);
  const autumn: [string, WallTime[]] = ['Europe/Berlin', walk('Europe/Berlin', '2027-10-30', 2 * 1440, 60_000)];
  it.each<[string, (time: WallTime) => boolean]>([
    ['* * * * *', () => true],
    ['? * * * *', () => true],
    ['*/7 * * * *', ({ minute }) => minute % 7 === 0],
    ['*/100 * * * *', ({ minute }) => minute === 0],
    ['5/15 * * * *', ({ minute }) => minute >= 5 && (minute - 5) % 15 === 0],
    ['10-20 * * * *', ({ minute }) => minute >= 10 && minute <= 20],
    ['10-20/4 * * * *', ({ minute }) => [10, 14, 18].includes(minute)],
    ['55-5 * * * *', ({ minute }) => minute >= 55 || minute <= 5],
    ['50-20/10 * * * *', ({ minute }) => [50, 0, 10, 20].includes(minute)],
    ['30,0,30,0 * * * *', ({ minute }) => minute % 30 === 0],
    ['007 03 * * *', ({ minute, hour }) => minute === 7 && hour === 3],
    ['0 22-2 * * *', ({ minute, hour }) => minute === 0 && (hour >= 22 || hour <= 2)],
    ['0 22-4/3 * * *', ({ minute, hour }) => minute === 0 && [22, 1, 4].includes(hour)],
    ['30 2 * * *', ({ minute, hour }) => minute === 30 && hour === 2],
    ['15 2-3,1 * * *', ({ minute, hour }) => minute === 15 && hour >= 1 && hour <= 3],
    ['0 0 0 * * ?', ({ minute, hour }) => minute === 0 && hour === 0],
    ['0 5 4 * * ? 2026-2028', ({ minute, hour }) => minute === 5 && hour === 4],
    ['@hourly', ({ minute }) => minute === 0],
    ['@MINUTELY', () => true],
    ['@Daily', ({ minute, hour }) => minute === 0 && hour === 0],
    ['@midnight', ({ minute, hour }) => minute === 0 && hour === 0],
  ])('%s', (expression, takes) => compare([...minutes, autumn], expression, takes));

  const seconds: [string, WallTime[]][] = [['Europe/Berlin', walk('Europe/Berlin', '2027-03-28', 2 * 3600, 1000)]];
  it.each<[string, (time: WallTime) => boolean]>([
    ['* * * * * *', () => true],
    ['@secondly', () => true],
    ['*/25 * * * * *', ({ second }) => second % 25 === 0],
    ['58-2 1/20 * * * *', ({ second, minute }) => (second >= 58 || second <= 2) && minute % 20 === 1],
    ['7,7,59 0 * * * * *', ({ second, minute }) => (second === 7 || second === 59) && minute === 0],
  ])('%s', (expression, takes) => compare(seconds, expression, takes));
});

describe('the date fields of a cron expression', () => {
  const steps = (2 * 366 * DAY) / HOUR;
  const hours = ZONES.map((zone): [string, WallTime[]] => [zone, walk(zone, '2027-01-01', steps, HOUR)]);
  const midnight: [string, WallTime[]][] = hours.map(([zone, times]) => [
    zone,
    times.filter(({ hour }) => hour === 12),
  ]);
  it.each<[string, (time: WallTime) => boolean]>([
    ['13 * *', ({ day }) => day === 13],
    ['? * ?', () => true],
    ['*/10 * *', ({ day }) => day % 10 === 1],
    ['28-3 * *', ({ day }) => day >= 28 || day <= 3],
    ['28-4/2 * *', ({ day }) => [28, 30, 1, 3].includes(day)],
    ['25/3 * *', ({ day }) => [25, 28, 31].includes(day)],
    ['L * *', ({ day, daysInMonth }) => day === daysInMonth],
    ['l-3 * *', ({ day, daysInMonth }) => day === daysInMonth - 3],
    ['L-30 * *', ({ day, daysInMonth }) => daysInMonth === 31 && day === 1],
    ['1,15,L * *', ({ day, daysInMonth }) => [1, 15, daysInMonth].includes(day)],
    ['1W * *', (time) => nearest(time, 1)],
    ['15w * *', (time) => nearest(time, 15)],
    ['31W * *', (time) => nearest(time, 31)],
    ['LW * *', (time) => nearest(time, time.daysInMonth)],
    ['L-2W * *', (time) => nearest(time, time.daysInMonth - 2)],
    ['1W,15W,LW * *', (time) => [1, 15, time.daysInMonth].some((day) => nearest(time, day))],
    ['29 2 *', ({ day, month }) => day === 29 && month === 2],
    ['1 JAN,jul *', ({ day, month }) => day === 1 && [1, 7].includes(month)],
    ['1 February *', ({ day, month }) => day === 1 && month === 2],
    ['1 NOV-FEB *', ({ day, month }) => day === 1 && [11, 12, 1, 2].includes(month)],
    ['1 */5 *', ({ day, month }) => day === 1 && [1, 6, 11].includes(month)],
    ['1 3/4 *', ({ day, month }) => day === 1 && [3, 7, 11].includes(month)],
    ['* * 1-5', workday],
    ['* * MON-FRI', workday],
    ['* * 7', ({ weekday }) => weekday === 0],
    ['* * 0,7,sun,SUNDAY', ({ weekday }) => weekday === 0],
    ['* * 5-7', ({ weekday }) => [5, 6, 0].includes(weekday)],
    ['* * 7-2', ({ weekday }) => weekday <= 2],
    ['* * 0-7', () => true],
    ['* * FRI-MON', ({ weekday }) => [5, 6, 0, 1].includes(weekday)],
    ['* * SAT-SUN', ({ weekday }) => weekday === 6 || weekday === 0],
    ['* * */2', ({ weekday }) => weekday % 2 === 0],
    ['* * 1/2', ({ weekday }) => [1, 3, 5].includes(weekday)],
    ['* * L', ({ weekday }) => weekday === 6],
    ['* * 5L', (time) => time.weekday === 5 && isLast(time)],
    ['* * fridayL', (time) => time.weekday === 5 && isLast(time)],
    ['* * 7L', (time) => time.weekday === 0 && isLast(time)],
    ['* * 1#2', (time) => time.weekday === 1 && nth(time) === 2],
    [
      '* * MON#1,WED#3,7#5',
      (time) =>
        [
          [1, 1],
          [3, 3],
          [0, 5],
        ].some(([d, n]) => time.weekday === d && nth(time) === n),
    ],
    ['* * 5#L,2', (time) => (time.weekday === 5 && isLast(time)) || time.weekday === 2],
    ['13 * 5', ({ day, weekday }) => day === 13 || weekday === 5],
    ['L * MON', ({ day, weekday, daysInMonth }) => day === daysInMonth || weekday === 1],
    ['1-7 * */7', ({ day, weekday }) => day <= 7 && weekday === 0],
    ['*/2 * MON', ({ day, weekday }) => day % 2 === 1 && weekday === 1],
    ['1,* * MON', () => true],
  ])('%s', (fields, takes) => compare(midnight, `0 12 ${fields}`, takes));

  it.each<[string, (time: WallTime) => boolean]>([
    ['0 0 12 1 1 ? 2028', ({ day, month, year }) => day === 1 && month === 1 && year === 2028],
    ['0 0 12 1 1 ? 2020-2040/2', ({ day, month, year }) => day === 1 && month === 1 && year % 2 === 0],
    ['0 0 12 1 * ? 2027/2', ({ day, year }) => day === 1 && year % 2 === 1],
    ['0 0 12 1 * ? 2027,2029,2027', ({ day, year }) => day === 1 && year % 2 === 1],
    ['0 0 12 ? * 1#1 *', (time) => time.weekday === 1 && nth(time) === 1],
  ])('%s', (expression, takes) => compare(midnight, expression, takes));

  it.each<[string, (time: WallTime) => boolean]>([
    ['@monthly', ({ day }) => day === 1],
    ['@weekly', ({ weekday }) => weekday === 0],
    ['@WEEKDAYS', workday],
    ['@weekends', (time) => !workday(time)],
    ['@yearly', ({ day, month }) => day === 1 && month === 1],
    ['@Annually', ({ day, month }) => day === 1 && month === 1],
  ])('%s', (nickname, takes) => compare(hours, nickname, (time) => time.hour === 0 && takes(time)));
});

describe('a year', () => {
  it('ends a schedule, and is found in the far future and behind at once', () => {
    const once = table('0 0 0 29 2 ? 2196', 'Europe/Berlin');
    const at = Date.parse('2196-02-28T23:00:00Z');
    expect(once.next(Date.UTC(2027, 0, 1))).toEqual({ at });
    expect(once.next(at)).toBeNull();
    expect(once.previous(Date.UTC(2400, 0, 1))).toEqual({ at });
    expect(once.previous(at)).toBeNull();
    expect(once.count(Date.UTC(2027, 0, 1), Date.UTC(2300, 0, 1))).toBe(1);
  });

  it('that has passed when the task is created is refused, and later ends the schedule', () => {
    const created = (at: number) =>
      cronTriggerType.timetable(
        { type: 'cron', expression: '0 0 0 1 1 ? 2020', timeZone: 'UTC' },
        { createdAt: at, seed: '' },
      )!;
    expect(() => created(Date.UTC(2020, 0, 1))).toThrow('never fires again: the years that it names have passed');
    expect(created(Date.UTC(2019, 0, 1)).next(Date.UTC(2027, 0, 1))).toBeNull();
    expect(created(Date.UTC(2019, 0, 1)).previous(Date.UTC(2027, 0, 1))).toEqual({ at: Date.UTC(2020, 0, 1) });
  });
});
