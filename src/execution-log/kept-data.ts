import { isTooDeep } from '../domain/json-depth.js';
import type { Json, JsonObject } from '../domain/json.js';

/** The largest data of an entry, in characters of JSON. */
export const LARGEST_DATA = 65_536;
class TooLargeError extends Error {}

/**
 * A copy of the data as it is stored. Host code logs what it likes: what JSON cannot carry, or what is too large or too
 * deep, is left out with a word about it, and takes no more time and memory than what is kept.
 */
export function keptData(data: unknown): JsonObject {
  try {
    const text = JSON.stringify(data, meter(LARGEST_DATA));
    if (text.length > LARGEST_DATA) throw new TooLargeError();
    const copy = JSON.parse(text) as Json;
    if (isTooDeep(copy)) return { leftOut: 'nested too deep' };
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? copy : { value: copy };
  } catch (error) {
    return { leftOut: error instanceof TooLargeError ? `more than ${LARGEST_DATA} characters` : 'not JSON' };
  }
}

/** What JSON.stringify shows each value to: it ends the walk when more was seen than could be kept. */
function meter(left: number) {
  return (name: string, value: unknown): unknown => {
    left -= 1 + name.length + (typeof value === 'string' ? value.length : 1);
    if (left < 0) throw new TooLargeError();
    return value;
  };
}
