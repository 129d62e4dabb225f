import { isTooDeep } from '../domain/json-depth.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.js';

/** Maximum size of an entry's data, in characters of JSON. */
export const LARGEST_DATA = 65_536;
class TooLargeError extends Error {}

/**
 * A copy of the data as it is stored. Host code can log anything: data that is not JSON, too large or too deep is
 * replaced by a note, and costs no more time and memory than what is kept.
 */
export function keptData(data: unknown): JsonObject {
  try {
    const text = JSON.stringify(data, meter(LARGEST_DATA));
    if (text.length > LARGEST_DATA) throw new TooLargeError();
    const copy = JSON.parse(text) as Json;
    if (isTooDeep(copy)) return { leftOut: 'nested too deep' };
    return isJsonObject(copy) ? copy : { value: copy };
  } catch (error) {
    return { leftOut: error instanceof TooLargeError ? `more than ${LARGEST_DATA} characters` : 'not JSON' };
  }
}

/** A replacer for JSON.stringify that ends the walk as soon as more was seen than could be kept. */
function meter(left: number) {
  return (name: string, value: unknown): unknown => {
    left -= 1 + name.length + (typeof value === 'string' ? value.length : 1);
    if (left < 0) throw new TooLargeError();
    return value;
  };
}
