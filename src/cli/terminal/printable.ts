/**
 * What a terminal obeys instead of showing it: control characters, and those that turn the direction of what follows.
 * Names, reasons and messages may hold them.
 */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const OBEYED_IN_LINES = new RegExp(`(?!\\n)${OBEYED.source}`, 'gu');

/** A text for one line of a terminal. */
export const printable = (text: string): string => text.replaceAll(OBEYED, '\u{fffd}');

/** A text of several lines for a terminal. */
export const printableLines = (text: string): string => text.replaceAll(OBEYED_IN_LINES, '\u{fffd}');

/** JSON or YAML, in whose strings such characters are written as what they are. */
export const escaped = (text: string): string =>
  text.replaceAll(OBEYED_IN_LINES, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
