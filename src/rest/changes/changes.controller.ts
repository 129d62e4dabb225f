import { Controller, Get, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { AuthenticatedCaller, type Caller } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { AskedStream, type StreamRequest } from '../http/asked-stream.js';
import { EVENT_STREAM } from '../http/protocol/accept.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { ChangeStreams } from './change-streams.js';
import { ChangesResponse } from './change.response.js';
import * as requests from './change.requests.js';

const STREAM =
  'Server-sent events (WHATWG), described in docs/http.md: "hello" first, then "runs", "tasks", "settings", "stats" and "instances" as they change, "gap" where changes were missed, and "end". The id of an event is where a stream goes on.';

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
    @AskedStream() request: StreamRequest,
  ): Promise<ChangesResponse | StreamableFile> {
    return this.streams.answer(caller, query, request);
  }
}
