import { boundedText } from './bounded-text.js';

/** The most bytes of a message that is kept. */
export const LONGEST_REASON = 8192;
/** How many causes of causes, and how many errors of an `AggregateError`, are told. */
const MOST_CAUSES = 4;
const MOST_ERRORS = 5;
const LONGEST_CODE = 100;

/**
 * What was thrown, in words: of an error its message, its cause and the errors that it gathers; of anything else what it
 * is. Host code throws what it likes, so that this reads with care and never throws itself.
 */
export function messageOf(thrown: unknown, mostBytes = LONGEST_REASON): string {
  try {
    return boundedText(told(thrown, mostBytes, 0) || 'an error without a message', mostBytes);
  } catch {
    return 'something was thrown that cannot be told';
  }
}

/** The code of an error, as in `ECONNRESET` or 11000; undefined where it has none that says something. */
export function codeOf(thrown: unknown): string | undefined {
  const code = member(thrown, 'code');
  if (typeof code === 'string' && code !== '') return boundedText(code, LONGEST_CODE);
  return typeof code === 'bigint' || (typeof code === 'number' && Number.isFinite(code)) ? String(code) : undefined;
}

function told(thrown: unknown, mostBytes: number, depth: number): string {
  if (typeof thrown === 'string') return boundedText(thrown, mostBytes);
  if (typeof thrown === 'function') return `a function was thrown: ${thrown.name}`;
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const message = member(thrown, 'message');
  if (typeof message !== 'string' && !(thrown instanceof Error)) return toldObject(thrown, mostBytes);
  const own = boundedText(typeof message === 'string' && message !== '' ? message : nameOf(thrown), mostBytes);
  if (depth >= MOST_CAUSES) return own;
  const cause = member(thrown, 'cause');
  return [
    own,
    gathered(member(thrown, 'errors'), mostBytes, depth),
    ...(cause === undefined || cause === null ? [] : [` (caused by: ${told(cause, mostBytes, depth + 1)})`]),
  ].join('');
}

/** The errors of an `AggregateError`. */
function gathered(errors: unknown, mostBytes: number, depth: number): string {
  if (!Array.isArray(errors) || errors.length === 0) return '';
  const first = errors.slice(0, MOST_ERRORS).map((error) => told(error, mostBytes, depth + 1));
  const rest = errors.length > first.length ? `; and ${errors.length - first.length} more` : '';
  return ` [${first.join('; ')}${rest}]`;
}

/** Something else than an error: its members as far as JSON can carry them. */
function toldObject(thrown: object, mostBytes: number): string {
  const members = Object.entries(thrown).slice(0, 20);
  const texts = members.map(([name, value]) => `${JSON.stringify(name)}:${shortJson(value)}`);
  return boundedText(`an object was thrown: {${texts.join(',')}}`, mostBytes);
}

function shortJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(boundedText(value, 1000));
  return typeof value === 'object' && value !== null ? '…' : String(value);
}

const nameOf = (error: object): string => {
  const name = member(error, 'name');
  return typeof name === 'string' ? name : '';
};

/** A member of what was thrown, which may be a getter that throws. */
function member(thrown: unknown, name: string): unknown {
  try {
    return (thrown as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
