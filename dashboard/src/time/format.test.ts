import { expect, it } from 'vitest';
import { dayOf, latenessOf, lengthOf, offsetAt, relative, wholeTime, zoneOf } from './format.ts';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1500, '1.5 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [11_100_000, '3 h 5 min'],
  [90_000_000, '1 d 1 h'],
])('%d ms is %s', (ms, text) => expect(lengthOf(ms)).toBe(text));

it.each([
  [500, 'now'],
  [5000, 'in 5 s'],
  [-182_000, '3 min 2 s ago'],
])('%d ms from now is %s', (ms, text) => expect(relative(1e12 + ms, 1e12)).toBe(text));

it('an instant has its offset, on both sides of a clock change', () => {
  const [before, after] = ['2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z'].map((at) => Date.parse(at)) as [
    number,
    number,
  ];
  expect(wholeTime(before, 'Europe/Berlin')).toMatch(/01:30:00 GMT\+1$/);
  expect(wholeTime(after, 'Europe/Berlin')).toMatch(/03:30:00 GMT\+2$/);
  for (const month of Array.from({ length: 12 }, (_, index) => index))
    expect(dayOf(Date.UTC(2027, month, 9), 'UTC')).toMatch(/^0?9 \p{L}+ 2027$/u);
});

it('a backfilled run is not late', () => {
  expect(latenessOf({ trigger: 'schedule', latenessMs: 5 })).toBe(5);
  expect(latenessOf({ trigger: 'schedule', latenessMs: null })).toBeNull();
  expect(latenessOf({ trigger: 'backfill', latenessMs: 5 })).toBeNull();
});

it('a zone is named by how far it is from UTC now', () => {
  expect(offsetAt(Date.parse('2027-01-28T00:00:00Z'), 'Europe/Berlin')).toBe('GMT+1');
  expect(offsetAt(Date.parse('2027-07-28T00:00:00Z'), 'Europe/Berlin')).toBe('GMT+2');
});

it('a zone that is not known becomes UTC', () => {
  expect(zoneOf('task', 'Mars/Olympus')).toBe('UTC');
  expect(zoneOf('task', 'Asia/Tokyo')).toBe('Asia/Tokyo');
  expect(zoneOf('mine', 'Asia/Tokyo')).toBeUndefined();
});
