import type { Json } from './json.js';

/** Values from outside that are nested deeper are not kept as JSON: not every store accepts more. */
const DEEPEST = 64;

/** Whether a JSON value is nested too deeply to keep. */
export const isTooDeep = (value: Json): boolean => isDeeperThan(value, DEEPEST);

function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((item) => isDeeperThan(item, limit - 1));
}
