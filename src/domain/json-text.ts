import type { Fault } from './errors.js';
import { pointerOf } from './faults.js';
import { inspectJson } from './json-value.js';

/** A text that is no JSON, or whose value would not say all that the text says. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  constructor(readonly fault: Fault) {
    super(fault.detail);
  }
}

/**
 * The value of a JSON text (RFC 8259), as strict as the value has to be the same for every reader: refuses a member that is
 * there twice, an integer that would come back with other digits, and what `inspectJson` finds. Throws a `JsonTextError`.
 */
export function parseJson(text: string): unknown {
  const value = parsed(text);
  const { fault, members } = inspectJson(value);
  if (fault) throw new JsonTextError(fault);
  const tally = tallyOf(text);
  // Equal numbers prove that no member is there twice; only otherwise is it worth a look at which one.
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

/** How many members a JSON text has, counting each as often as it is there, and whether a number has many digits. */
function tallyOf(text: string): { members: number; longNumbers: boolean } {
  let members = 0;
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
  }
  return { members, longNumbers };
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/** An object or a list that is being read: the names so far, or how far the list has come. */
interface Open {
  names: Set<string> | null;
  current: string | number;
}

/** Throws for the first member that is there twice, and the first integer whose digits would change. */
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

/** Whether the string that ends there is the name of a member. */
function isName(text: string, end: number): boolean {
  NAME_FOLLOWED.lastIndex = end + 1;
  return NAME_FOLLOWED.test(text);
}

function enter(open: readonly Open[], holder: Open, name: string): void {
  holder.current = name;
  if (holder.names!.has(name)) throw loss(open, 'is there twice');
  holder.names!.add(name);
}

/** The length of the number there. */
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
