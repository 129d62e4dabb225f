import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EARLIEST, LATEST, toIso } from './instants.js';

describe('toIso', () => {
  it('writes every instant as a date does', () => {
    const near = fc.integer({ min: -100_000_000, max: 4_102_444_800_000 });
    const instant = fc.oneof(near, fc.maxSafeInteger(), fc.constantFrom(EARLIEST, LATEST, -1, 0, -62_167_219_200_001));
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1 }), (instants) => {
        const known = instants.filter((each) => each >= EARLIEST && each <= LATEST);
        expect(known.map(toIso)).toEqual(known.map((each) => new Date(each).toISOString()));
      }),
    );
  });

  it('treats what is not a whole instant as a date does', () => {
    for (const fraction of [0.5, -0.5, 86_399_999.9, -1.5])
      expect(toIso(fraction)).toBe(new Date(fraction).toISOString());
    for (const none of [Number.NaN, Infinity, LATEST + 1, EARLIEST - 1]) expect(() => toIso(none)).toThrow(RangeError);
  });
});
