import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf, reserveOf, shareOf } from './slot-rule.js';

const ONE = () => 1;

/**
 * Lets organizations that never release a slot take as many as they get, one organization after the other; returns how
 * many each holds.
 */
function grabbed(limit: number, organizations: number): number[] {
  const held: number[] = [];
  for (let i = 0; i < organizations; i++) {
    held.push(0);
    const found = () => ({
      limit,
      free: limit - held.reduce((sum, count) => sum + count, 0),
      held: held[i]!,
      isShared: i > 0,
      weight: ONE,
    });
    while (refusalOf(found()) === null) held[i]!++;
  }
  return held;
}

describe('the rule of slots', () => {
  it('gives an organization that is alone all but the reserve', () => {
    expect(grabbed(1000, 1)).toEqual([950]);
    expect(grabbed(20, 1)).toEqual([19]);
    expect(grabbed(3, 1)).toEqual([3]);
    expect(grabbed(1, 1)).toEqual([1]);
  });

  it('gives it half of them beside others, by weight', () => {
    const found = { limit: 1000, free: 400, isShared: true, weight: ONE };
    expect(refusalOf({ ...found, held: 499 })).toBeNull();
    expect(refusalOf({ ...found, held: 500 })).toBe('share');
    expect([0.1, 1, 3, 100].map((weight) => shareOf(1000, weight))).toEqual([91, 500, 750, 991]);
    expect([1, 2, 3, 10].map((limit) => shareOf(limit, 1))).toEqual([1, 1, 2, 5]);
  });

  it('has a slot for each of many newcomers, one after the other, whatever those before them keep', () => {
    const held = grabbed(1000, 25);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(1);
    expect(held[1]).toBeLessThan(reserveOf(1000) / 4);
  });

  it('never hands out more than there are, nor lets one that holds slots take the last of a reserve', () => {
    const arbitrary = fc.record({
      limit: fc.integer({ min: 1, max: 2000 }),
      free: fc.integer({ min: -5, max: 2000 }),
      held: fc.integer({ min: 0, max: 2000 }),
      isShared: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(0.1, 1, 7, 100), (found, weight) => {
        const isGranted = refusalOf({ ...found, weight: () => weight }) === null;
        if (isGranted) expect(found.free).toBeGreaterThan(0);
        if (isGranted && found.isShared) expect(found.held).toBeLessThan(shareOf(found.limit, weight));
        if (isGranted && found.held > 0 && reserveOf(found.limit) > 0) expect(found.free).toBeGreaterThan(1);
        // An organization without a slot gets any that is free.
        if (found.held === 0) expect(isGranted).toBe(found.free > 0);
      }),
    );
  });
});
