import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.js';

const now = Date.UTC(2027, 0, 4, 9);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Mon, 04 Jan 2027 09:00:30 GMT', 30_000],
    ['Monday, 04-Jan-27 09:00:30 GMT', 30_000],
    ['Mon Jan  4 09:00:30 2027', 30_000],
    ['Mon, 04 Jan 2027 08:00:00 GMT', 0],
  ])('understands %j', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  it.each([undefined, null, '', '-1', '1.5', 'soon', '2027-01-04', '99999999999', 'Mon, 99 Foo 2027 25:00:00 GMT'])(
    'passes over %j',
    (header) => {
      expect(retryAfterMs(header, now)).toBeUndefined();
    },
  );
});
