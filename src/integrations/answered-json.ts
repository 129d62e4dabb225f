import type { Json } from '../domain/json.js';
import { parseJson } from '../domain/json-text.js';

/** Parses a received text; undefined when it is not JSON, or JSON that cannot be kept unchanged. */
export function answeredJson(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}
