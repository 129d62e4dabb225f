import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '../../domain/canonical-json.js';
import { InvalidInputError } from '../../domain/errors.js';

/** The request's idempotency key; undefined without one. Throws an `InvalidInputError`. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const detail = 'must be 1 to 255 visible ASCII characters';
  throw new InvalidInputError([{ parameter: 'Idempotency-Key', detail }]);
}

/** What the request asks for, whatever the order of members and the white space in its body. */
export const contentHash = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(canonicalJson([request.params, request.body ?? null]))
    .digest('hex');
