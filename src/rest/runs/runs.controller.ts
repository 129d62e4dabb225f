import { Controller, Get, Param, Post, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { Run } from '../../domain/run.js';
import { ListedRuns } from '../../overview/listed-runs.js';
import { RunRequests } from '../../overview/run-request.js';
import { RunsService } from '../../scheduling/runs/runs.service.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { COMPLETE_EXAMPLES, HEARTBEAT_EXAMPLES, REASON_EXAMPLES } from '../openapi/examples.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './run.requests.js';
import { LogPage } from './log-entry.response.js';
import { RunPage, RunResponse, toRunResponse } from './run.response.js';
import { EVENT_STREAM } from '../http/protocol/accept.js';
import { AskedStream, type StreamRequest } from '../http/asked-stream.js';
import { RunLogService } from './run-log.service.js';
import { PLAIN_TEXT, RunLogText, WantsText } from './run-log-text.js';
import { ValidBody, ValidQuery } from '../http/validation.js';

const LOG_STREAM =
  'Server-sent events (WHATWG). The data of each event is a LogEntryResponse in JSON, and its id the sequence. The last event has the type "end", and its data holds the state of the run.';

const LOG_TEXT =
  'The whole log that fits, a line for each entry: time, level, attempt, message and data, between tabs.';

/** How many looks for runs that fit one page takes: one that finds nothing ends early. */
const LOOKS = 2;

/** Runs: what was done, and how it went. */
@ApiTags('runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly logs: RunLogService,
    private readonly texts: RunLogText,
    private readonly pages: MeasuredPages,
    private readonly listed: ListedRuns,
    private readonly asked: RunRequests,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Lists runs, newest first by their nominal times. A page may be short or empty even if nextCursor says that there are more.',
    answer: RunPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.runListQuerySchema) query: requests.RunListQuery,
  ): Promise<RunPage> {
    const listing = await this.listed.of(organization, requests.toRunQuery(query));
    const show = (run: Run) => toRunResponse(run, { taskName: listing.nameOf(run.taskId) });
    return this.pages.byId('runs', query, (stretch) => listing.read(stretch), show, LOOKS);
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({ summary: 'Shows a run.', answer: RunResponse, problems: [404] })
  async get(@Organization() organization: string, @Param('id') id: string): Promise<RunResponse> {
    const run = await this.runs.get(organization, id);
    const [retriedBy, asked, taskName] = await Promise.all([
      this.runs.retriesOf(run),
      this.asked.of(run),
      this.listed.nameOf(run),
    ]);
    return toRunResponse(run, { ...asked, retriedBy, taskName });
  }

  @Post(':id/cancel')
  @Requires('operator')
  @Operation({
    summary: 'Cancels a run that has not finished.',
    answer: RunResponse,
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('CancelRunRequest', REASON_EXAMPLES, { required: false })
  async cancel(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.cancelRunRequestSchema.optional()) request: requests.CancelRunRequest | undefined,
  ): Promise<RunResponse> {
    return toRunResponse(await this.runs.cancel(organization, id, request?.reason));
  }

  @Post(':id/retry')
  @Requires('operator')
  @Operation({
    summary:
      'Drives a finished run again, as a new run. While the new run is under way, further requests get it as their answer.',
    status: 202,
    answer: RunResponse,
    headers: { Location: 'The path of the new run.' },
    problems: [404, 409],
  })
  async retry(
    @Organization() organization: string,
    @Param('id') id: string,
    @DerivedId() requestId: string | undefined,
  ): Promise<RunResponse> {
    return toRunResponse(await this.runs.retry(organization, id, requestId));
  }

  @Post(':id/heartbeat')
  @Requires('operator')
  @Operation({
    summary: 'Takes a sign of life of an attempt that waits for a callback; the last one stands in the run.',
    answer: RunResponse,
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('HeartbeatRequest', HEARTBEAT_EXAMPLES)
  async heartbeat(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.heartbeatRequestSchema) request: requests.HeartbeatRequest,
  ): Promise<RunResponse> {
    return toRunResponse(await this.runs.heartbeat(organization, id, request));
  }

  @Post(':id/complete')
  @Requires('operator')
  @Operation({
    summary:
      'Ends an attempt that waits for a callback. The same outcome again gets the run; another one, or the token of an earlier attempt, gets 409.',
    answer: RunResponse,
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('CompleteRequest', COMPLETE_EXAMPLES)
  async complete(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.completeRequestSchema) request: requests.CompleteRequest,
  ): Promise<RunResponse> {
    return toRunResponse(await this.runs.complete(organization, id, request));
  }

  @Get(':id/log')
  @Requires('viewer')
  @Operation({
    summary:
      'Reads the log of a run. With Accept: text/event-stream, follows the log until the run has finished. With level, q or attempt, a page may be short or empty even if nextCursor says that there are more.',
    answer: LogPage,
    texts: { [EVENT_STREAM]: LOG_STREAM, [PLAIN_TEXT]: LOG_TEXT },
    headers: { Vary: 'Accept' },
    problems: [400, 404],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'A stream continues after this event.' })
  log(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.logQuerySchema) query: requests.LogQuery,
    @AskedStream() request: StreamRequest,
    @WantsText() wantsText: boolean,
  ): Promise<LogPage | StreamableFile> {
    if (wantsText) return this.texts.of(organization, id, query);
    return this.logs.answer(organization, id, query, request);
  }
}
