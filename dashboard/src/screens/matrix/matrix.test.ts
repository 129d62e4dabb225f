import { expect, it } from 'vitest';
import { RANGES } from './ranges.ts';
import { changesClock, columnsOf, moved, placed, saidOf, windowOf, type Cell } from './matrix.model.ts';

const HOUR = 3_600_000;
const [, , twoDays, , weeks] = RANGES;
const cell = (from: string, more: Partial<Cell> = {}): Cell => ({
  ...{ from, to: from, count: 1, worst: 'succeeded', outcomes: { succeeded: 1 } },
  ...more,
});

it('now is a cell, three quarters from the left', () => {
  const now = Date.parse('2030-03-05T10:20:00Z');
  const { from, to } = windowOf(twoDays, now, 0);
  expect(new Date(from).toISOString()).toBe('2030-03-03T22:00:00.000Z');
  expect(to - from).toBe(48 * HOUR);
  expect(windowOf(twoDays, now, -1).from).toBe(from - 24 * HOUR);
});

it('columns begin where the cells of the zone do', () => {
  const from = Date.parse('2030-03-01T00:00:00Z');
  const columns = columnsOf(weeks, from, '2030-03-02T23:00:00Z');
  expect(new Date(columns[0]!).toISOString()).toBe('2030-02-28T23:00:00.000Z');
  expect(columnsOf(weeks, from, undefined)[0]).toBe(from);
});

it('a day of 23 or 25 hours keeps its column', () => {
  const from = Date.parse('2030-03-01T00:00:00Z');
  const columns = columnsOf(weeks, from, '2030-02-28T23:00:00Z');
  // Berlin changes on 31 March 2030: days begin at 22:00 UTC from then on.
  const row = placed([cell('2030-03-30T23:00:00Z'), cell('2030-03-31T22:00:00Z')], columns, weeks.stepMs);
  expect(row.flatMap((each, index) => (each ? [index] : []))).toEqual([30, 31]);
  expect(placed([cell('2031-01-01T00:00:00Z')], columns, weeks.stepMs).every((each) => each === undefined)).toBe(true);
});

it('a cell is said with all of its outcomes', () => {
  const outcomes = { failed: 1, timed_out: 2 };
  expect(saidOf(cell('2030-01-01T00:00:00Z', { outcomes, planned: 3 }), 'noon')).toBe(
    'noon: 1 failed, 2 timed out, 3 planned',
  );
  expect(saidOf(undefined, 'noon')).toBe('noon: nothing due');
});

it('keys move within the grid and not out of it', () => {
  expect(moved([0, 0], 'ArrowUp', 3, 4)).toEqual([0, 0]);
  expect(moved([2, 1], 'End', 3, 4)).toEqual([2, 3]);
  expect(moved([0, 1], 'PageDown', 3, 4)).toEqual([2, 1]);
  expect(moved([0, 1], 'constructor', 3, 4)).toBeNull();
});

it('a change of the clocks is seen in its column only', () => {
  const at = Date.parse('2030-03-31T00:00:00Z');
  expect(changesClock(at, 2 * HOUR, 'Europe/Berlin')).toBe(true);
  expect(changesClock(at, 2 * HOUR, 'UTC')).toBe(false);
  expect(changesClock(at + 2 * HOUR, HOUR, 'Europe/Berlin')).toBe(false);
});
