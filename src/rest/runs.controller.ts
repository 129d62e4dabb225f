import { Controller, Get, Param, Post, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import { RunsService } from '../scheduling/runs.service.js';
import { COMPLETE_EXAMPLES } from './openapi/examples.js';
import { MeasuredPages } from './measured-pages.js';
import { BodyExamples, Operation } from './openapi/operation.js';
import * as requests from './requests/run.requests.js';
import { LogPage, RunPage } from './responses/pages.response.js';
import { EVENT_STREAM } from './protocol/accept.js';
import { RunResponse, toRunResponse } from './responses/run.response.js';
import { AskedLog } from './run-log/log-request.decorator.js';
import { RunLogService, type LogRequest } from './run-log/run-log.service.js';
import { ValidBody, ValidQuery } from './validation.js';

const LOG_STREAM =
  'Events (WHATWG): the data of each is a LogEntryResponse in JSON, its id the sequence; the last is of the type "end", and its data holds the state of the run.';

/** Runs: what was done, and how it went. */
@ApiTags('runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly logs: RunLogService,
    private readonly pages: MeasuredPages,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Lists runs, newest first. A page may be short or empty and go on with nextCursor all the same.',
    answer: RunPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.runListQuerySchema) query: requests.RunListQuery,
  ): Promise<RunPage> {
    return this.pages.byId('runs', query, (stretch) => this.runs.list(organization, query, stretch), toRunResponse);
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({ summary: 'Shows a run.', answer: RunResponse, problems: [404] })
  async get(@Organization() organization: string, @Param('id') id: string): Promise<RunResponse> {
    return toRunResponse(await this.runs.get(organization, id));
  }

  @Post(':id/cancel')
  @Requires('operator')
  @Operation({ summary: 'Cancels a run that has not finished.', answer: RunResponse, problems: [404, 409] })
  async cancel(@Organization() organization: string, @Param('id') id: string): Promise<RunResponse> {
    return toRunResponse(await this.runs.cancel(organization, id));
  }

  @Post(':id/retry')
  @Requires('operator')
  @Operation({
    summary: 'Drives a finished run again, as a new one.',
    status: 202,
    answer: RunResponse,
    headers: { Location: 'The path of the new run.' },
    problems: [404, 409],
  })
  async retry(@Organization() organization: string, @Param('id') id: string): Promise<RunResponse> {
    return toRunResponse(await this.runs.retry(organization, id));
  }

  @Post(':id/complete')
  @Requires('operator')
  @Operation({
    summary: 'Ends an attempt that waits for a call-back.',
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
    summary: 'Reads the log of a run; with Accept: text/event-stream, follows it until the run has finished.',
    answer: LogPage,
    streams: { [EVENT_STREAM]: LOG_STREAM },
    headers: { Vary: 'Accept' },
    problems: [400, 404],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'A stream goes on after this event.' })
  log(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.logQuerySchema) query: requests.LogQuery,
    @AskedLog() request: LogRequest,
  ): Promise<LogPage | StreamableFile> {
    return this.logs.answer(organization, id, query, request);
  }
}
