import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_STREAM, prefers } from '../http/protocol/accept.js';
import type { LogRequest } from './run-log.service.js';

/** Tells a handler how the log is asked for, and keeps proxies from buffering a stream. */
export const AskedLog = createParamDecorator((_: unknown, context: ExecutionContext): LogRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const { headers, method } = request;
  const stream = prefers(EVENT_STREAM, request, reply) && method === 'GET';
  if (stream) void reply.headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
  const lastEventId = headers['last-event-id'];
  return { stream, lastEventId: Array.isArray(lastEventId) ? lastEventId.join() : lastEventId };
});
