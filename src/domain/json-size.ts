import type { Json } from './json.js';

/** What JSON writes longer than it is. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** How many bytes the value takes as JSON, which is not written for that. */
export function jsonSize(value: Json | undefined): number {
  if (typeof value === 'string') return textSize(value);
  if (typeof value !== 'object' || value === null) return String(value).length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + jsonSize(item), framed(value.length));
  const names = Object.keys(value);
  let sum = framed(names.length);
  for (const name of names) sum += textSize(name) + 1 + jsonSize(value[name]);
  return sum;
}

const textSize = (text: string): number =>
  Buffer.byteLength(ESCAPED.test(text) ? JSON.stringify(text) : text) + (ESCAPED.test(text) ? 0 : 2);

/** The brackets, and the commas between so many. */
const framed = (count: number): number => 2 + Math.max(0, count - 1);
