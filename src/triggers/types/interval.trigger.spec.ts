import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { T0 } from '../../../test/support/builders.js';
import { intervalTriggerType } from './interval.trigger.js';

const series = (everyMs: number, anchorAt?: string, createdAt = T0) =>
  intervalTriggerType.timetable({ type: 'interval', everyMs, ...(anchorAt && { anchorAt }) }, { createdAt, seed: '' })!;
const describeEvery = (everyMs: number) => intervalTriggerType.describe({ type: 'interval', everyMs });

describe('an interval trigger', () => {
  it('counts from its anchor, or from its creation, and excludes the instant that it starts from', () => {
    expect(series(1000).next(T0)).toEqual({ at: T0 + 1000 });
    expect(series(1000).next(T0 - 1)).toEqual({ at: T0 });
    expect(series(1000).previous(T0 + 1000)).toEqual({ at: T0 });
    expect(series(60_000, '2027-01-01T00:00:30+01:00').next(T0)).toEqual({ at: T0 + 30_000 });
    expect(series(60_000, '2030-01-01T00:00:30Z').next(T0)).toEqual({ at: T0 + 30_000 });
  });

  it('never drifts: every occurrence is a whole number of intervals from the anchor', () => {
    const instant = fc.integer({ min: -1e13, max: 1e13 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_622_400_000 }), instant, instant, (every, createdAt, from) => {
        const table = series(every, undefined, createdAt);
        const { at } = table.next(from)!;
        expect(Math.abs((at - createdAt) % every)).toBe(0);
        expect(at > from && at - every <= from).toBe(true);
        expect(table.previous(at)).toEqual({ at: at - every });
        expect(table.previous(at + 1)).toEqual({ at });
        expect([table.count(from, at - 1), table.count(from, at), table.count(at, from)]).toEqual([0, 1, 0]);
        expect(table.count(from, at + 41 * every)).toBe(42);
      }),
    );
  });

  it.each([
    [1, 'Every millisecond'],
    [1500, 'Every 1500 milliseconds'],
    [1000, 'Every second'],
    [90_000, 'Every 90 seconds'],
    [3_600_000, 'Every hour'],
    [172_800_000, 'Every 2 days'],
  ])('says of %d ms %j', (everyMs, words) => expect(describeEvery(everyMs)).toBe(words));

  it('names its anchor in UTC', () => {
    const trigger = { type: 'interval' as const, everyMs: 1000, anchorAt: '2027-01-01T00:00:30+01:00' };
    expect(intervalTriggerType.describe(trigger)).toBe('Every second, counted from 2026-12-31T23:00:30.000Z');
  });
});
