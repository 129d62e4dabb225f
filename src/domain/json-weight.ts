import type { Json } from './json.js';

/**
 * How many members, objects and lists one value may have, all together: reading, copying and writing one of them takes up to
 * half a microsecond each time, while bare numbers and texts in lists cost next to nothing.
 */
export const MOST_PARTS = 50_000;

/** Says that a value has more parts than it may. */
export const TOO_MANY_PARTS = `holds more than ${MOST_PARTS} members, objects and lists`;

/** How many members, objects and lists a value has; of more than `atMost` only that there are more. */
export function jsonParts(value: Json, atMost = MOST_PARTS): number {
  if (typeof value !== 'object' || value === null) return 0;
  const items = Array.isArray(value) ? value : Object.values(value);
  let parts = 1 + (Array.isArray(value) ? 0 : items.length);
  for (const item of items) {
    if (parts > atMost) return parts;
    parts += jsonParts(item, atMost - parts);
  }
  return parts;
}
