import type { FastifyRequest } from 'fastify';
import { callerOf, type Caller } from '../../auth/caller.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { InvalidInputError } from '../../domain/errors.js';
import type { IdempotentRequest } from '../../idempotency/idempotency.store.js';

/** The request's idempotency key; undefined without one. Throws an `InvalidInputError`. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const detail = 'must be 1 to 255 visible ASCII characters';
  throw new InvalidInputError([{ parameter: 'Idempotency-Key', detail }]);
}

/**
 * The request as its idempotency key identifies it; null without a key, and on a route that knows no caller. Each
 * caller has its own keys: nobody sees the answer to another caller's request. Throws an `InvalidInputError`.
 */
export function idempotentRequestOf(request: FastifyRequest): IdempotentRequest | null {
  const caller = callerOf(request);
  const key = caller && idempotencyKeyOf(request);
  if (!caller || key === undefined) return null;
  const operation = `${request.method} ${pathOf(request)} ${nameOf(caller)}`;
  return { organization: caller.organization, operation, key };
}

/** The content of the request, whatever the order of members and the white space in its body. */
export const contentOf = ({ query, body }: FastifyRequest): string => canonicalJson([query, body ?? null]);

/** The path of the request, with its percent-encoding in one canonical form. */
function pathOf({ routeOptions, params }: FastifyRequest): string {
  const values = params as Record<string, string>;
  return (routeOptions.url ?? '').replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

const nameOf = ({ apiKey, subject }: Caller): string =>
  apiKey === undefined ? `user:${subject}` : `api-key:${apiKey}`;
