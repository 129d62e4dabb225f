import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import type { VersionCondition } from '../domain/version-condition.js';
import { TasksService } from '../scheduling/tasks.service.js';
import { Precondition } from './protocol/conditional.js';
import { DerivedId } from './idempotency/derived-id.js';
import { Idempotent } from './idempotency/idempotency.interceptor.js';
import { BATCH_EXAMPLES, PATCH_EXAMPLES, PAUSE_EXAMPLES, TASK_EXAMPLES } from './openapi/examples.js';
import { MeasuredPages } from './measured-pages.js';
import {
  BodyExamples,
  IdempotencyKeyHeader,
  ConditionalHeaders,
  KnownVersionHeader,
  Operation,
} from './openapi/operation.js';
import * as requests from './requests/task.requests.js';
import { BatchResponse, toBatchResponse } from './responses/batch.response.js';
import { TaskPage } from './responses/pages.response.js';
import { PlannedRunsResponse, toPlannedRunsResponse } from './responses/planned-runs.response.js';
import { RunResponse, toRunResponse } from './responses/run.response.js';
import { TaskResponse, toTaskResponse } from './responses/task.response.js';
import { ValidBody, ValidQuery } from './validation.js';

const VERSIONED = { ETag: 'The version of the task, for If-Match.' };
const CREATED = { ...VERSIONED, Location: 'The path of the task.' };

/** Tasks: what is done when. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly pages: MeasuredPages,
  ) {}

  @Post()
  @Requires('editor')
  @Idempotent('POST /v1/tasks')
  @Operation({
    summary: 'Creates a task.',
    status: 201,
    answer: TaskResponse,
    headers: CREATED,
    problems: [400, 409, 413, 415, 422],
  })
  @IdempotencyKeyHeader()
  @BodyExamples('TaskInput', TASK_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() body: unknown,
    @DerivedId() id: string | undefined,
  ): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.create(organization, body, id === undefined ? {} : { id }));
  }

  @Post('batch')
  @Requires('editor')
  @Operation({
    summary: 'Creates up to 1,000 tasks, each of them or not, with a result for each.',
    answer: BatchResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('TaskBatch', BATCH_EXAMPLES)
  async createMany(
    @Organization() organization: string,
    @ValidBody(requests.batchRequestSchema) { tasks }: requests.BatchRequest,
  ): Promise<BatchResponse> {
    return toBatchResponse(await this.tasks.createMany(organization, tasks));
  }

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Lists tasks, newest first. A page may be short or empty and go on with nextCursor all the same.',
    answer: TaskPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.taskListQuerySchema) query: requests.TaskListQuery,
  ): Promise<TaskPage> {
    return this.pages.byId('tasks', query, (stretch) => this.tasks.list(organization, query, stretch), toTaskResponse);
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({ summary: 'Shows a task.', answer: TaskResponse, headers: VERSIONED, problems: [404] })
  @KnownVersionHeader()
  async get(@Organization() organization: string, @Param('id') id: string): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.get(organization, id));
  }

  @Patch(':id')
  @Requires('editor')
  @Operation({
    summary: 'Changes a task by a JSON Merge Patch (RFC 7396).',
    answer: TaskResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('TaskPatch', PATCH_EXAMPLES)
  async change(
    @Organization() organization: string,
    @Param('id') id: string,
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.change(organization, id, patch, condition));
  }

  @Delete(':id')
  @Requires('editor')
  @Operation({ summary: 'Deletes a task. Its runs stay.', status: 204, problems: [400, 404, 409, 412] })
  @ConditionalHeaders()
  remove(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<void> {
    return this.tasks.remove(organization, id, condition);
  }

  @Post(':id/pause')
  @Requires('operator')
  @Operation({
    summary: 'Pauses a task: nothing of it starts until it resumes.',
    answer: TaskResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('PauseRequest', PAUSE_EXAMPLES)
  async pause(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.pauseRequestSchema) request: requests.PauseRequest,
    @Precondition() condition: VersionCondition,
  ): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.pause(organization, id, request, condition));
  }

  @Post(':id/resume')
  @Requires('operator')
  @Operation({
    summary: 'Resumes a paused task.',
    answer: TaskResponse,
    headers: VERSIONED,
    problems: [404, 409],
  })
  async resume(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.resume(organization, id, condition));
  }

  @Post(':id/run')
  @Requires('operator')
  @Operation({
    summary: 'Runs a task now; its schedule stays as it is.',
    status: 202,
    answer: RunResponse,
    headers: { Location: 'The path of the run.' },
    problems: [404, 409],
  })
  async run(@Organization() organization: string, @Param('id') id: string): Promise<RunResponse> {
    return toRunResponse(await this.tasks.run(organization, id));
  }

  @Get(':id/next-runs')
  @Requires('viewer')
  @Operation({ summary: 'Lists the coming occurrences of a task.', answer: PlannedRunsResponse, problems: [400, 404] })
  async nextRuns(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.nextRunsQuerySchema) { count }: requests.NextRunsQuery,
  ): Promise<PlannedRunsResponse> {
    return toPlannedRunsResponse(await this.tasks.nextRuns(organization, id, count));
  }
}
