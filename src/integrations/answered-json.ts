import type { Json } from '../domain/json.js';
import { parseJson } from '../domain/json-text.js';

/** The value of a text that somebody answered; undefined where it is no JSON, or none that could be kept as it is. */
export function answeredJson(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}
