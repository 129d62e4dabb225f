import { expect, it } from 'vitest';
import { heatOf, levelOf, minuteOf } from './heat.ts';

it('the busiest minute has the highest level, an empty one none', () => {
  expect([0, 1, 25, 26, 51, 76, 100].map((starts) => levelOf(starts, 100))).toEqual([0, 1, 1, 2, 3, 4, 4]);
  expect(levelOf(1, 1)).toBe(4);
});

it('minutes are put into rows of an hour, with what they sum up to', () => {
  const minutes = ['10:58', '10:59', '11:00'].map((time, index) => ({
    at: `2030-01-01T${time}:00.000Z`,
    starts: index,
  }));
  const rows = heatOf(minutes, { from: '2030-01-01T10:57:30.000Z', to: '2030-01-01T13:00:00.000Z' });
  expect(rows.map(({ starts, cells }) => [starts, cells.length])).toEqual([
    [1, 2],
    [2, 1],
    [0, 0],
  ]);
  expect(rows.map(({ minutes: { first, count } }) => [first, count])).toEqual([
    [57, 3],
    [0, 60],
    [0, 60],
  ]);
  expect(minuteOf(rows[0]!.busiest.at)).toBe(59);
});
