import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_STREAM, prefers } from './protocol/accept.js';

/** How something is asked for: as it stands, or as a stream that continues after an event. */
export interface StreamRequest {
  stream: boolean;
  lastEventId: string | undefined;
}

/** Tells a handler whether a stream of events is wanted, and keeps proxies from buffering it. */
export const AskedStream = createParamDecorator((_: unknown, context: ExecutionContext): StreamRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const { headers, method } = request;
  const stream = prefers(EVENT_STREAM, request, reply) && method === 'GET';
  if (stream) void reply.headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
  const lastEventId = headers['last-event-id'];
  return { stream, lastEventId: Array.isArray(lastEventId) ? lastEventId.join() : lastEventId };
});
