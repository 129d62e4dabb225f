/** Marks a cut end. */
const CUT = '…';
const CUT_BYTES = Buffer.byteLength(CUT);

/**
 * The text, or its start, in at most `mostBytes` bytes of UTF-8 (4 or more). The time grows with the limit, not with
 * the text, and no character is split.
 */
export function boundedText(text: string, mostBytes: number): string {
  // A character takes at most three bytes per UTF-16 unit.
  if (text.length * 3 <= mostBytes) return text;
  const start = text.slice(0, mostBytes + 1);
  const bytes = Buffer.from(start);
  if (start.length === text.length && bytes.length <= mostBytes) return text;
  let end = mostBytes - CUT_BYTES;
  // Bytes that start with 10 continue a character.
  while (end > 0 && (bytes[end]! & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.toString('utf8', 0, end) + CUT;
}
