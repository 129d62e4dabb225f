import type { Json } from './json.js';

/** Nested deeper than this, a value from outside is not kept as JSON: not every store takes more. */
const DEEPEST = 64;

/** Tells whether a JSON value is nested too deep to be kept. */
export const isTooDeep = (value: Json): boolean => isDeeperThan(value, DEEPEST);

function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((item) => isDeeperThan(item, limit - 1));
}
