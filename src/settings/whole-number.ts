import { z } from 'zod';

/** A whole number from `min` to `max`. */
export function exactWholeNumber(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: expected }).min(min, expected).max(max, expected);
}
