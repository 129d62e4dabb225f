import { describe, expect, it } from '@jest/globals';
import { TriggerFault } from './trigger-type.js';
import { cronTriggerType } from './types/cron.trigger.js';

function refusal(expression: string, rest: object = {}): string {
  try {
    cronTriggerType.timetable({ type: 'cron', expression, timeZone: 'UTC', ...rest }, { createdAt: 0, seed: '' });
    return 'accepted';
  } catch (error) {
    if (error instanceof TriggerFault) return `${error.pointer} ${error.message}`;
    throw error;
  }
}

describe('an expression that no dialect defines', () => {
  it.each<[string, string, string]>([
    ['60 * * * *', 'minute', '60'],
    ['1.5 * * * *', 'minute', '1.5'],
    ['-5 * * * *', 'minute', '-5'],
    ['5- * * * *', 'minute', '5-'],
    ['5-10-15 * * * *', 'minute', '5-10-15'],
    ['5/ * * * *', 'minute', '5/'],
    ['*/0 * * * *', 'minute', '*/0'],
    ['5//2 * * * *', 'minute', '5//2'],
    ['1,,2 * * * *', 'minute', '1,,2'],
    [', * * * *', 'minute', ','],
    ['?,1 * * * *', 'minute', '?'],
    ['L * * * *', 'minute', 'L'],
    ['0~30 * * * *', 'minute', '0~30'],
    ['+5 * * * *', 'minute', '+5'],
    ['H(5 * * * *', 'minute', 'H(5'],
    ['HH * * * *', 'minute', 'HH'],
    ['H(0-60) * * * *', 'minute', 'H(0-60)'],
    ['H(1-2)/0 * * * *', 'minute', 'H(1-2)/0'],
    ['0 24 * * *', 'hour', '24'],
    ['0 2W * * *', 'hour', '2W'],
    ['61 * * * * *', 'second', '61'],
    ['0 0 0 * *', 'day of month', '0'],
    ['0 0 32 * *', 'day of month', '32'],
    ['0 0 MON * *', 'day of month', 'MON'],
    ['0 0 5L * *', 'day of month', '5L'],
    ['0 0 L-31 * *', 'day of month', 'L-31'],
    ['0 0 L-x * *', 'day of month', 'L-x'],
    ['0 0 0W * *', 'day of month', '0W'],
    ['0 0 1-5W * *', 'day of month', '1-5W'],
    ['0 0 W * *', 'day of month', 'W'],
    ['0 0 1,w * *', 'day of month', 'w'],
    ['0 0 LL * *', 'day of month', 'LL'],
    ['0 0 L-3L * *', 'day of month', 'L-3L'],
    ['0 0 15#2 * *', 'day of month', '15#2'],
    ['0 0 HW * *', 'day of month', 'HW'],
    ['W * * * *', 'minute', 'W'],
    ['5#1 * * * *', 'minute', '5#1'],
    ['0 5L * * *', 'hour', '5L'],
    ['0 0 1 3W *', 'month', '3W'],
    ['0 0 1 3#1 *', 'month', '3#1'],
    ['0 0 * * W', 'day of week', 'W'],
    ['0 0 * * 2W', 'day of week', '2W'],
    ['0 0 * * LW', 'day of week', 'LW'],
    ['0 0 * * L#2', 'day of week', 'L#2'],
    ['0 0 * * HL', 'day of week', 'HL'],
    ['0 0 * * H#1', 'day of week', 'H#1'],
    ['0 0 0 1 1 ? L', 'year', 'L'],
    ['0 0 W15 * *', 'day of month', 'W15'],
    ['0 0 1 13 *', 'month', '13'],
    ['0 0 1 JANU *', 'month', 'JANU'],
    ['0 0 1 L *', 'month', 'L'],
    ['0 0 * * 8', 'day of week', '8'],
    ['0 0 * * FOO', 'day of week', 'FOO'],
    ['0 0 * * 5#6', 'day of week', '5#6'],
    ['0 0 * * 5#0', 'day of week', '5#0'],
    ['0 0 * * 1-5#2', 'day of week', '1-5#2'],
    ['0 0 * * 1#2#3', 'day of week', '1#2#3'],
    ['0 0 * * #2', 'day of week', '#2'],
    ['0 0 * * L-1', 'day of week', 'L-1'],
    ['0 0 1 1 * 2027', 'day of week', '2027'],
    ['0 0 0 1 1 ? 1969', 'year', '1969'],
    ['0 0 0 1 1 ? 2200', 'year', '2200'],
    ['0 0 0 1 1 ? 2030-2027', 'year', '2030-2027'],
    ['0 0 0 1 1 ? H', 'year', 'H'],
  ])('%s names the %s field and %j', (expression, field, text) => {
    expect(refusal(expression)).toContain(`/expression the ${field} field has ${JSON.stringify(text)}, which `);
  });

  it.each([
    ['U+017F for S', '0 0 * * \u017fun'],
    ['U+017F in a full name', '0 0 * * THUR\u017fDAY'],
    ['dotless i for I', '0 0 * * fr\u0131'],
    ['dotted I for I', '0 0 * * FR\u0130'],
    ['a ligature for letters', '0 0 1 \ufb05 *'],
    ['the Kelvin sign', '@wee\u212aly'],
    ['full-width digits', '\uff10 \uff10 * * *'],
    ['Arabic digits', '\u0660 0 * * *'],
    ['a full-width star', '0 0 \uff0a * *'],
    ['a no-break space', '0\u00a00 * * *'],
    ['a line separator', '0\u20280 * * *'],
    ['a zero-width space', '0 0 *\u200b * *'],
    ['a NUL', '0 0 * * *\0'],
  ])('%s stands for nothing', (_, expression) =>
    expect(refusal(expression)).toBe('/expression must consist of ASCII letters, digits, signs and blanks alone'),
  );

  it.each([
    ['', 'not 0'],
    ['   ', 'not 0'],
    ['*', 'not 1'],
    ['* * * *', 'not 4'],
    ['* * * * * * * *', 'not 8'],
    ['@reboot', 'must not be "@reboot"'],
    ['@every 5m', '"interval"'],
    ['@fortnightly', '"@fortnightly"'],
    ['@', 'is not a nickname: "@"'],
  ])('%j is told what would do instead', (expression, text) => expect(refusal(expression)).toContain(text));

  it('is quoted only in part where it is long', () => {
    expect(refusal(`${'9'.repeat(900)} * * * *`).length).toBeLessThan(150);
  });
});

describe('an expression that can never fire', () => {
  it.each([
    '0 0 30 2 *',
    '0 0 31 4,6,9,11 *',
    '0 0 L-30 4 *',
    '0 0 0 29 2 ? 2027,2030',
    '0 0 31W 6 *',
    '0 0 */30 2 1#2',
    '0 0 31 H *',
    '0 0 H(29-31) 2 *',
  ])('%s', (expression) => expect(refusal(expression)).toMatch(/^\/expression never fires.*no month .*has such a day/));

  it('because a gap swallows each of its times', () => {
    const gap = { timeZone: 'Europe/Berlin', dst: { gap: 'skip', fold: 'first' } };
    expect(refusal('30 2 * 3 0L', gap)).toBe(
      '/expression never fires: the clocks of Europe/Berlin leave out each of its times',
    );
    expect(refusal('*/10 2 * 3 0L', { timeZone: 'Europe/Berlin' })).toMatch('leave out each of its times');
    expect(refusal('30 2 * 3 0L', { timeZone: 'Europe/Berlin' })).toBe('accepted');
    expect(refusal('30 3 * 3 0L', gap)).toBe('accepted');
  });

  it.each(['0 0 31 * *', '0 0 H * *', '0 0 H H *', '0 0 29 2 1', '0 0 */29 2 1', '0 0 0 1 1 ? 2199'])(
    'unlike %s',
    (expression) => expect(refusal(expression)).toBe('accepted'),
  );
});

describe('options for clock changes', () => {
  it('are refused where there are no fixed times, unless they say what happens anyway', () => {
    const dst = (gap: string, fold: string) => refusal('*/15 * * * *', { dst: { gap, fold } });
    expect(dst('shift', 'first')).toMatch(/^\/dst\/gap must not be "shift" here/);
    expect(dst('next', 'second')).toMatch(/^\/dst\/fold must not be "second" here/);
    expect([dst('next', 'first'), dst('skip', 'both')]).toEqual(['accepted', 'accepted']);
  });
});
