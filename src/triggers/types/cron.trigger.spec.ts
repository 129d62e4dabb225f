import { describe, expect, it } from '@jest/globals';
import { TriggerFault } from '../trigger-type.js';
import { cronTriggerType } from './cron.trigger.js';

const cron = (expression: string, timeZone = 'UTC') => ({ type: 'cron' as const, expression, timeZone });

function pointerOf(expression: string, timeZone?: string): string | null {
  try {
    cronTriggerType.timetable(cron(expression, timeZone), { createdAt: 0 });
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
    '22-2 * * * *',
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
});
