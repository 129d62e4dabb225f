import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** What the `Accept-Encoding` of a request says. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** The stream of a body as it was before its compression; null when the encoding is not known. */
export function decoded(body: Readable, encoding: string): Readable | null {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const decoder = DECODERS.get(name)?.();
  if (!decoder) return null;
  // Whoever reads the decoder sees its error, and that of the body.
  pipeline(body, decoder, () => undefined);
  return decoder;
}

/** Whether a body could not be read because it is not compressed as its header says, or ends too early. */
export const isUndecodable = (error: unknown): boolean =>
  /^(Z_|ERR__ERROR)/.test(String((error as { code?: unknown } | null)?.code));
