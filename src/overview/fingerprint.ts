import { createHash } from 'node:crypto';
import type { RunFailure } from '../scheduling/ports/run.reads.js';

/** How much of a message tells failures apart. */
const LONGEST = 300;
/** Ids, hexadecimal numbers that have a digit, and numbers. */
const VARIABLE = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{8,}\b|\d+/gi;

/** What a failure says: the code and message of its last error, or its state and reason where it has none. */
export function wordsOf({ state, reason, error }: RunFailure): { code: string; message: string } {
  const message = (error?.message ?? reason ?? '').slice(0, LONGEST);
  return { code: (error?.code ?? state).slice(0, LONGEST), message };
}

/** The same for failures whose messages differ only in numbers and ids. */
export function fingerprintOf(failure: RunFailure): string {
  const { code, message } = wordsOf(failure);
  const normal = message.replaceAll(VARIABLE, '#');
  return createHash('sha256')
    .update(JSON.stringify([code, normal]))
    .digest('hex')
    .slice(0, 16);
}
