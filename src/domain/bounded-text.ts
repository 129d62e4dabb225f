/** The end of a text that was cut. */
const CUT = '…';
const CUT_BYTES = Buffer.byteLength(CUT);

/**
 * The text, or its beginning, in at most `mostBytes` bytes of UTF-8, at least four. Takes time in proportion to the bound,
 * however long the text is, and cuts no character in two.
 */
export function boundedText(text: string, mostBytes: number): string {
  // No character takes more than three bytes for each of its units.
  if (text.length * 3 <= mostBytes) return text;
  const start = text.slice(0, mostBytes + 1);
  const bytes = Buffer.from(start);
  if (start.length === text.length && bytes.length <= mostBytes) return text;
  let end = mostBytes - CUT_BYTES;
  // Bytes that begin with 10 go on with a character.
  while (end > 0 && (bytes[end]! & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.toString('utf8', 0, end) + CUT;
}
