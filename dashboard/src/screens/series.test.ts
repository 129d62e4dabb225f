import { expect, it } from 'vitest';
import { heightOf, pointsOf } from './series.model.ts';

it('steps without a figure are empty, and outcomes are put together by what they mean', () => {
  const at = '2030-01-01T00:01:00.000Z';
  const figure = {
    ...{ at, starts: 9, succeeded: 3, failed: 1, timed_out: 1, cancelled: 1, skipped: 2, missed: 1 },
    lateness: { p50Ms: 5, p95Ms: 7, p99Ms: null, worstMs: 9 },
  };
  const points = pointsOf([figure], Date.parse('2030-01-01T00:00:00Z'), 60_000, 3);
  expect(points.map(({ all }) => all)).toEqual([0, 9, 0]);
  expect(points[1]).toMatchObject({ succeeded: 3, odd: 3, bad: 3, p50Ms: 5, p99Ms: 0 });
});

it('one among many is still seen', () => {
  expect(heightOf(1, 100_000, 60)).toBeGreaterThan(1);
  expect(heightOf(0, 100, 60)).toBe(0);
  expect(heightOf(100, 100, 60)).toBe(60);
});

it('occurrences of a task that got no run count with the runs of their kind', () => {
  const at = '2030-01-01T00:00:00.000Z';
  const none = { p50Ms: null, p95Ms: null, p99Ms: null, worstMs: null };
  const figure = {
    ...{ at, starts: 1, succeeded: 1, failed: 0, timed_out: 0, cancelled: 0, skipped: 1, missed: 0 },
    ...{ lateness: none, duration: none, leftOut: { skipped: 2, missed: 5, coalesced: 4 } },
  };
  expect(pointsOf([figure], Date.parse(at), 60_000, 1)).toMatchObject([{ succeeded: 1, odd: 7, bad: 5, all: 13 }]);
});
