import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** The media type of a stream of events. */
export const EVENT_STREAM = 'text/event-stream';

const JSON_TYPE = 'application/json';

/**
 * Whether the caller would rather have `type` than JSON, as its `Accept` weighs them; nobody gets what it gives no
 * weight (`q=0`). Tells caches that the answer depends on it.
 */
export function prefers(type: string, request: FastifyRequest, reply: FastifyReply): boolean {
  void reply.header('vary', 'Accept');
  return preferred(request.headers.accept, [JSON_TYPE, `${type};charset=utf-8`]) !== JSON_TYPE;
}

/** The one of the media types that suits best; the first where none is acceptable, or all are alike. */
export function preferred(accept: string | undefined, types: readonly [string, ...string[]]): string {
  const [best = types[0]] = new Negotiator({ headers: { accept } }).mediaTypes([...types]);
  return best;
}
