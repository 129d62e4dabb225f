import type { Json } from './json.js';

/** Characters that JSON escapes. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How many bytes the value takes as JSON, computed without writing it. */
export function jsonSize(value: Json | undefined): number {
  if (typeof value === 'string') return textSize(value);
  if (typeof value !== 'object' || value === null) return String(value).length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + jsonSize(item), framed(value.length));
  const names = Object.keys(value);
  let sum = framed(names.length);
  for (const name of names) sum += textSize(name) + 1 + jsonSize(value[name]);
  return sum;
}

/** Texts up to this length, which most are, are looked at here, without the expense of a call of the runtime. */
const SHORT = 64;

function textSize(text: string): number {
  if (text.length <= SHORT && isPlain(text)) return text.length + 2;
  return ESCAPED.test(text) ? Buffer.byteLength(JSON.stringify(text)) : Buffer.byteLength(text) + 2;
}

/** Whether each character takes one byte. */
function isPlain(text: string): boolean {
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

/** The brackets, and the commas between `count` items. */
const framed = (count: number): number => 2 + Math.max(0, count - 1);
