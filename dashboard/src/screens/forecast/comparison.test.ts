import { expect, it } from 'vitest';
import { excessIn, linesOf } from './comparison.model.ts';

const load = (starts: number, minute: number, second: number) => ({
  ...{ starts, minutes: [], hotSeconds: [] },
  busiest: { at: '2030-01-01T00:00:00.000Z', starts: minute },
  busiestSecond: { at: '2030-01-01T00:00:00.000Z', starts: second },
});
const nothing = { starts: 0, minutes: [], hotSeconds: [], busiest: null, busiestSecond: null };
const capacity = { slots: 10, concurrentRuns: null, startsPerMinute: null };

it('a plan is told by its busiest second and stretch, and by all of its starts', () => {
  const compared = { stepMs: 60_000, capacity, before: load(30, 16, 15), after: nothing };
  expect(linesOf(compared)).toEqual([
    { what: 'in the busiest second', before: 15, after: 0 },
    { what: 'in the busiest minute', before: 16, after: 0 },
    { what: 'in all', before: 30, after: 0 },
  ]);
  expect(linesOf({ ...compared, stepMs: 900_000 })[1]!.what).toBe('in the busiest 15 min');
});

it('more than a quota lets start is told, by the minute', () => {
  const compared = { stepMs: 60_000, capacity: { ...capacity, startsPerMinute: 15 }, before: nothing };
  expect(excessIn({ ...compared, after: load(30, 16, 1) })).toBe(
    'The quota lets 15 start a minute: the others would wait.',
  );
  expect(excessIn({ ...compared, after: load(30, 15, 15) })).toBeNull();
  expect(excessIn({ ...compared, after: nothing })).toBeNull();
  expect(excessIn({ ...compared, stepMs: 900_000, after: load(30, 16, 1) })).toBeNull();
  expect(excessIn({ ...compared, capacity, after: load(30, 16, 1) })).toBeNull();
});
