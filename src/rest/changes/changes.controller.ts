import { Controller, createParamDecorator, Get, type ExecutionContext, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticatedCaller, type Caller } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { EVENT_STREAM, prefers } from '../http/protocol/accept.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { ChangeStreams, type ChangesRequest } from './change-streams.js';
import { ChangesResponse } from './change.response.js';
import * as requests from './change.requests.js';

const STREAM =
  'Server-sent events (WHATWG), described in docs/http.md: "hello" first, then "runs", "tasks", "settings", "stats" and "instances" as they change, "gap" where changes were missed, and "end". The id of an event is where a stream goes on.';

/** Tells a handler whether the changes are wanted as a stream, and keeps proxies from buffering it. */
const AskedChanges = createParamDecorator((_: unknown, context: ExecutionContext): ChangesRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const { headers, method } = request;
  const stream = prefers(EVENT_STREAM, request, reply) && method === 'GET';
  if (stream) void reply.headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
  const lastEventId = headers['last-event-id'];
  return { stream, lastEventId: Array.isArray(lastEventId) ? lastEventId.join() : lastEventId };
});

/** What happens, as it happens. */
@ApiTags('stats')
@Controller('v1/changes')
export class ChangesController {
  constructor(private readonly streams: ChangeStreams) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Tells where the changes of the organization stand. With Accept: text/event-stream, follows them, on whichever instance they happen.',
    answer: ChangesResponse,
    texts: { [EVENT_STREAM]: STREAM },
    headers: { Vary: 'Accept' },
    problems: [400],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'A stream continues after this event.' })
  follow(
    @AuthenticatedCaller() caller: Caller,
    @ValidQuery(requests.changesQuerySchema) query: requests.ChangesQuery,
    @AskedChanges() request: ChangesRequest,
  ): Promise<ChangesResponse | StreamableFile> {
    return this.streams.answer(caller, query, request);
  }
}
