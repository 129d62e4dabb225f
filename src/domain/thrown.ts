import { boundedText } from './bounded-text.js';

/** The maximum number of bytes of a stored message. */
export const LONGEST_REASON = 4096;
/**
 * Maximum number of nested causes, of errors of an `AggregateError`, and of members of an object that are described.
 */
const MOST_CAUSES = 4;
const MOST_ERRORS = 5;
const MOST_MEMBERS = 20;
const LONGEST_MEMBER = 1000;
const LONGEST_CODE = 100;

/** Hides confidential parts of a text; `isCut` says that the text's end is missing. */
export type Mask = (text: string, isCut: boolean) => string;

const openly: Mask = (text) => text;

/**
 * Describes what was thrown: for an error its message, its cause and its gathered errors; for anything else, what it
 * is. Host code can throw anything, so this reads with care and never throws itself; each text is bounded in bytes, and
 * passes `mask` before it is cut.
 */
export function messageOf(thrown: unknown, mostBytes = LONGEST_REASON, mask: Mask = openly): string {
  try {
    return boundedText(new Telling(mostBytes, mask).of(thrown, 0) || 'an error without a message', mostBytes);
  } catch {
    return 'something was thrown that cannot be told';
  }
}

/** The code of an error, such as `ECONNRESET` or 11000; undefined when it has no meaningful one. */
export function codeOf(thrown: unknown): string | undefined {
  const code = member(thrown, 'code');
  if (typeof code === 'string' && code !== '') return boundedText(code, LONGEST_CODE);
  return typeof code === 'bigint' || (typeof code === 'number' && Number.isFinite(code)) ? String(code) : undefined;
}

/** The stack of an error, bounded in bytes; undefined when it has none. Each text passes `mask` before it is cut. */
export function stackOf(thrown: unknown, mostBytes: number, mask: Mask = openly): string | undefined {
  const stack = member(thrown, 'stack');
  return typeof stack === 'string' && stack !== '' ? bounded(stack, mostBytes, mask) : undefined;
}

/** The masked text, or its beginning where it is longer. */
function bounded(text: string, mostBytes: number, mask: Mask): string {
  const isCut = text.length > mostBytes;
  return boundedText(mask(isCut ? text.slice(0, mostBytes) : text, isCut), mostBytes);
}

class Telling {
  constructor(
    private readonly mostBytes: number,
    private readonly mask: Mask,
  ) {}

  of(thrown: unknown, depth: number): string {
    if (typeof thrown === 'string') return this.text(thrown);
    if (typeof thrown === 'function') return `a function was thrown: ${this.text(thrown.name)}`;
    if (typeof thrown !== 'object' || thrown === null) return this.text(String(thrown));
    const message = member(thrown, 'message');
    if (typeof message !== 'string' && !isError(thrown)) return this.members(thrown);
    const own = this.text(typeof message === 'string' && message !== '' ? message : nameOf(thrown));
    return depth < MOST_CAUSES ? own + this.gathered(thrown, depth) + this.cause(thrown, depth) : own;
  }

  /** The errors of an `AggregateError`. */
  private gathered(thrown: object, depth: number): string {
    const errors = member(thrown, 'errors');
    if (!Array.isArray(errors) || errors.length === 0) return '';
    const first = errors.slice(0, MOST_ERRORS).map((error) => this.of(error, depth + 1));
    const rest = errors.length > first.length ? `; and ${errors.length - first.length} more` : '';
    return ` [${first.join('; ')}${rest}]`;
  }

  private cause(thrown: object, depth: number): string {
    const cause = member(thrown, 'cause');
    return cause === undefined || cause === null ? '' : ` (caused by: ${this.of(cause, depth + 1)})`;
  }

  /** Something other than an error: its members, without nested ones. */
  private members(thrown: object): string {
    const names = Object.keys(thrown);
    const texts = names.slice(0, MOST_MEMBERS).map((name) => `${this.json(name)}:${this.json(member(thrown, name))}`);
    return `an object was thrown: {${texts.join(',')}${names.length > texts.length ? ',…' : ''}}`;
  }

  private json(value: unknown): string {
    if (typeof value === 'string') return JSON.stringify(this.text(value, LONGEST_MEMBER));
    return typeof value === 'object' && value !== null ? '…' : this.text(String(value), LONGEST_MEMBER);
  }

  private text(text: string, mostBytes = this.mostBytes): string {
    return bounded(text, mostBytes, this.mask) + (text.length > mostBytes ? '…' : '');
  }
}

const isError = (thrown: object): boolean => {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
};

const nameOf = (error: object): string => {
  const name = member(error, 'name');
  return typeof name === 'string' ? name : '';
};

/** A member of what was thrown; it may be a getter that throws. */
function member(thrown: unknown, name: string): unknown {
  try {
    return (thrown as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
