import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '../../domain/errors.js';
import { JsonTextError, parseJson } from '../../domain/json-text.js';

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses a request's body; an empty body is undefined. Throws an `InvalidInputError` for a body that no route accepts.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new InvalidInputError([{ pointer: '', detail: 'is not valid UTF-8' }]);
  try {
    return parseJson(withoutMark(bytes.toString('utf8')));
  } catch (error) {
    throw error instanceof JsonTextError ? new InvalidInputError([error.fault]) : error;
  }
}

/** RFC 8259 §8.1: a byte order mark before the value may be ignored. */
const withoutMark = (text: string): string => (text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
