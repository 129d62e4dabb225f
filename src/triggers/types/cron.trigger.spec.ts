import { describe, expect, it } from '@jest/globals';
import { TriggerFault } from '../trigger-type.js';
import { cronTriggerType } from './cron.trigger.js';

const cron = (expression: string, timeZone = 'UTC') => ({ type: 'cron' as const, expression, timeZone });

function pointerOf(expression: string, timeZone?: string): string | null {
  try {
    cronTriggerType.timetable(cron(expression, timeZone), { createdAt: 0, seed: '' });
    return null;
  } catch (error) {
    if (error instanceof TriggerFault) return error.pointer;
    throw error;
  }
}

describe('a cron trigger', () => {
  it('points at what is wrong with it', () => {
    expect(pointerOf('* * * *')).toBe('/expression');
    expect(pointerOf('0 0 30 2 *')).toBe('/expression');
    expect(pointerOf('* * * * *', 'Nowhere')).toBe('/timeZone');
    expect(pointerOf('* * * * *', 'Europe/Berlin')).toBeNull();
  });

  it.each([
    '@bogus',
    '@reboot',
    '@',
    'x * * * *',
    '1.5 * * * *',
    '*/0 * * * *',
    '0 0 0 1 1 * 2030-2027',
    '0 24 * * *',
    '0x1 * * * *',
  ])('refuses %j by a fault', (expression) => expect(pointerOf(expression)).toBe('/expression'));

  it('says in words when it fires, with its zone', () => {
    expect(cronTriggerType.describe(cron('0 2 * * 1-5', 'Europe/Berlin'))).toBe(
      'At 02:00, Monday through Friday, in the time zone Europe/Berlin',
    );
  });

  it.each([
    '@daily',
    '@Daily',
    '@minutely',
    '@weekdays',
    '? * * * *',
    '0\t0 * * *',
    ' 0  0 1 1 * ',
    '0 0 * * 5L',
    '*/100 * * * *',
  ])('describes %j, which it accepts', (expression) => {
    expect(pointerOf(expression)).toBeNull();
    expect(cronTriggerType.describe(cron(expression))).toMatch(/^[A-Z].{10,}, in the time zone UTC$/);
  });

  it.each([
    ['0 0 0 1 1 ? 2027', 'At 00:00, on day 1 of the month, only in January, only in 2027'],
    ['0 0 0 1 1 ? 2027/2', 'At 00:00, on day 1 of the month, only in January, every 2 years, 2027 through 2199'],
    ['H H(1-5) * * *', 'By the expression "H H(1-5) * * *", in which each H stands for a value of the task\'s own'],
    ['0 0 1W,15W * *', 'By the expression "0 0 1W,15W * *"'],
    ['0 0 L-3 * *', 'At 00:00, 3 days before the last day of the month'],
    ['0 0 LW * *', 'At 00:00, on the last weekday of the month'],
    ['0 0 * * FRIDAYL', 'At 00:00, on the last Friday of the month'],
    ['0 0 * * 7#2,WED#4', 'At 00:00, on the second Sunday and fourth Wednesday of the month'],
    ['0 0 * JANUARY 0,7,SUN', 'At 00:00, only on Sunday, only in January'],
    ['0 0 13 * 5', 'At 00:00, on day 13 of the month, and on Friday'],
    ['0 0 */2 * 1', 'At 00:00, every 2 days in a month, only on Monday'],
    ['*/90 * * * *', 'Every hour, every day'],
    ['*,5 * * * *', 'Every minute, every hour, every day'],
    ['5,5,10 * * * *', 'At 5 and 10 minutes past the hour, every hour, every day'],
    ['@MIDNIGHT', 'At 00:00, every day'],
  ])('says %s as it counts', (expression, words) => {
    expect(pointerOf(expression)).toBeNull();
    expect(cronTriggerType.describe(cron(expression))).toBe(`${words}, in the time zone UTC`);
  });
});
