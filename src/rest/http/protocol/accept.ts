import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** The media type of a stream of events. */
export const EVENT_STREAM = 'text/event-stream';

const JSON_TYPE = 'application/json';

/**
 * Whether the caller prefers `type` to JSON, by the weights of its `Accept`; a type with weight zero (`q=0`) is never
 * sent. Tells caches that the answer depends on `Accept`.
 */
export function prefers(type: string, request: FastifyRequest, reply: FastifyReply): boolean {
  void reply.header('vary', 'Accept');
  return preferred(request.headers.accept, [JSON_TYPE, `${type};charset=utf-8`]) !== JSON_TYPE;
}

/** The best of the media types; the first when none is acceptable or all are equal. */
export function preferred(accept: string | undefined, types: readonly [string, ...string[]]): string {
  const [best = types[0]] = new Negotiator({ headers: { accept } }).mediaTypes([...types]);
  return best;
}
