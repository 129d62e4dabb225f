import type { Fault } from './errors.js';
import { pointerOf } from './faults.js';
import { inspectJson } from './json-value.js';
import { MOST_PARTS, TOO_MANY_PARTS } from './json-weight.js';

/** A text that is not JSON, or whose value would lose some of the text's content. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  constructor(readonly fault: Fault) {
    super(fault.detail);
  }
}

/**
 * The value of a JSON text (RFC 8259), with strict checks so that every reader sees the same value. Refuses a duplicate
 * member, an integer that would change its digits, and everything that `inspectJson` finds. A text with too many parts is
 * not parsed at all. Throws a `JsonTextError`.
 */
export function parseJson(text: string): unknown {
  const tally = tallyOf(text);
  if (tally.members + tally.holders > MOST_PARTS) throw new JsonTextError({ pointer: '', detail: TOO_MANY_PARTS });
  const value = parsed(text);
  const { fault, members } = inspectJson(value);
  if (fault) throw new JsonTextError(fault);
  // Equal counts prove that there is no duplicate member; otherwise find out which one it is.
  if (tally.members !== members || tally.longNumbers) refuseLosses(text);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new JsonTextError({ pointer: '', detail: `is not JSON: ${(error as Error).message}` });
  }
}

const [QUOTE, COMMA, MINUS, NINE, ZERO, COLON, BACKSLASH] = [34, 44, 45, 57, 48, 58, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
/** Shorter integers are below 2^53. */
const SHORTEST_LONG = 16;
const NUMBER = /-?[\d.eE+-]+/y;
const INTEGER = /^-?\d+$/;

interface Tally {
  /** Duplicates included. */
  members: number;
  /** Objects and lists. */
  holders: number;
  /** Whether any number has many digits. */
  longNumbers: boolean;
}

/** What a text holds as JSON, before it is parsed; the text may be no JSON. */
function tallyOf(text: string): Tally {
  let members = 0;
  let holders = 0;
  let longNumbers = false;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      if (++digits === SHORTEST_LONG) longNumbers = true;
      continue;
    }
    digits = 0;
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COLON) members++;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) holders++;
  }
  return { members, holders, longNumbers };
}

/** An object or a list being read: the names so far, or the current index. */
interface Open {
  names: Set<string> | null;
  current: string | number;
}

/** Throws for the first duplicate member, and the first integer whose digits would change. */
function refuseLosses(text: string): void {
  const open: Open[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const holder = open.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (holder?.names && isName(text, end)) enter(open, holder, nameAt(text, at, end));
      at = end;
    } else if (code === OPEN_OBJECT) open.push({ names: new Set(), current: '' });
    else if (code === OPEN_LIST) open.push({ names: null, current: 0 });
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) open.pop();
    else if (code === COMMA && holder && typeof holder.current === 'number') holder.current++;
    else if (code === MINUS || (code >= ZERO && code <= NINE)) at += numberAt(text, at, open) - 1;
  }
}

const NAME_FOLLOWED = /[\t\n\r ]*:/y;

function nameAt(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end);
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name;
}

/** Whether the string that ends at `end` is a member name. */
function isName(text: string, end: number): boolean {
  NAME_FOLLOWED.lastIndex = end + 1;
  return NAME_FOLLOWED.test(text);
}

function enter(open: readonly Open[], holder: Open, name: string): void {
  holder.current = name;
  if (holder.names!.has(name)) throw loss(open, 'is there twice');
  holder.names!.add(name);
}

/** The length of the number at `at`. */
function numberAt(text: string, at: number, open: readonly Open[]): number {
  NUMBER.lastIndex = at;
  const [token] = NUMBER.exec(text)!;
  if (token.length >= SHORTEST_LONG && INTEGER.test(token) && String(Number(token)) !== token) {
    throw loss(open, 'is an integer that would not be kept exactly; send it as a text');
  }
  return token.length;
}

const loss = (open: readonly Open[], detail: string): JsonTextError =>
  new JsonTextError({ pointer: pointerOf(open.map(({ current }) => current)), detail });

/** The position of the quote that ends the string which begins at `start`, or the end of the text where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
