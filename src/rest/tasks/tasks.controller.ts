import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { inTurns, Turns } from '../../clock/turns.js';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { Task } from '../../domain/task.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { TaskListing } from '../../overview/task-listing.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { TasksService } from '../../scheduling/tasks/tasks.service.js';
import { BY_ID, BY_PLACE, ListPlace } from '../http/cursor.js';
import { Precondition } from '../http/protocol/conditional.js';
import { DerivedId } from '../idempotency/derived-id.js';
import {
  BATCH_EXAMPLES,
  PATCH_EXAMPLES,
  PAUSE_EXAMPLES,
  REASON_EXAMPLES,
  RUN_EXAMPLES,
  TASK_EXAMPLES,
} from '../openapi/examples.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import * as requests from './task.requests.js';
import { BatchResponse, showBatch } from './batch.response.js';
import { TaskPage, toListedTask } from './listed-task.response.js';
import { TaskResponse, toTaskResponse, toWrittenTaskResponse } from './task.response.js';
import { PlannedRunsResponse, toPlannedRunsResponse } from '../triggers/planned-runs.response.js';
import { RunResponse, toRunResponse } from '../runs/run.response.js';
import { ValidBody, ValidQuery } from '../http/validation.js';

const VERSIONED = { ETag: 'The version of the task, for If-Match.' };
const CREATED = { ...VERSIONED, Location: 'The path of the task.' };

/** How many looks for tasks that fit one page takes: one that finds nothing ends early, and another costs the caller a way. */
const LOOKS = 8;

/** Tasks: what is done when. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly listing: TaskListing,
    private readonly resolver: TriggerResolver,
    private readonly pages: MeasuredPages,
    private readonly turns: Turns,
  ) {}

  @Post()
  @Requires('editor')
  @Operation({
    summary: 'Creates a task.',
    status: 201,
    answer: TaskResponse,
    headers: CREATED,
    problems: [400, 409, 413, 415],
  })
  @BodyExamples('TaskInput', TASK_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() body: unknown,
    @DerivedId() id: string | undefined,
  ): Promise<TaskResponse> {
    return this.written(await this.tasks.create(organization, body, id === undefined ? {} : { id }));
  }

  @Post('batch')
  @Requires('editor')
  @Operation({
    summary: 'Creates up to 1,000 tasks. Each is created or refused by itself, with a result of its own.',
    answer: BatchResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('TaskBatch', BATCH_EXAMPLES)
  async createMany(
    @Organization() organization: string,
    @ValidBody(requests.batchRequestSchema) { tasks }: requests.BatchRequest,
    @DerivedId() requestId: string | undefined,
  ): Promise<BatchResponse> {
    const created = await this.tasks.createMany(organization, tasks, requestId);
    return inTurns(this.turns, organization, () => showBatch(created, (task) => this.tasks.missingFor(task)));
  }

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Lists tasks, newest first unless sorted. A page may be short or empty even if nextCursor says that there are more.',
    answer: TaskPage,
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.taskListQuerySchema) query: requests.TaskListQuery,
  ): Promise<TaskPage> {
    const place = new ListPlace(query.sort ? BY_PLACE : BY_ID, 'tasks', query);
    const asked = requests.taskQueryOf(query);
    const { items, next } = await this.pages.of({
      limit: query.limit,
      after: place.after,
      read: (after, limit) => this.listing.read(organization, asked, { after, limit }),
      positionOf: ({ place: at }) => at,
      show: (listed) => toListedTask(listed, (trigger) => this.resolver.describe(trigger)),
      mostInVain: LOOKS,
    });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
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
    return this.written(await this.tasks.change(organization, id, patch, condition));
  }

  @Delete(':id')
  @Requires('editor')
  @Operation({ summary: 'Deletes a task and keeps its runs.', status: 204, problems: [400, 404, 409, 412] })
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
    summary: 'Pauses a task: none of its occurrences starts until it resumes.',
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
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('ResumeRequest', REASON_EXAMPLES, { required: false })
  async resume(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.resumeRequestSchema.optional()) request: requests.ResumeRequest | undefined,
    @Precondition() condition: VersionCondition,
  ): Promise<TaskResponse> {
    return toTaskResponse(await this.tasks.resume(organization, id, condition, request?.reason));
  }

  @Post(':id/run')
  @Requires('operator')
  @Operation({
    summary: 'Runs a task now, and leaves its schedule as it is.',
    status: 202,
    answer: RunResponse,
    headers: { Location: 'The path of the run.' },
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('RunRequest', RUN_EXAMPLES, { required: false })
  async run(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.runRequestSchema.optional()) request: requests.RunRequest | undefined,
    @DerivedId() requestId: string | undefined,
  ): Promise<RunResponse> {
    return toRunResponse(await this.tasks.run(organization, id, { ...request, requestId }));
  }

  @Get(':id/next-runs')
  @Requires('viewer')
  @Operation({ summary: 'Lists the coming occurrences of a task.', answer: PlannedRunsResponse, problems: [400, 404] })
  async nextRuns(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.nextRunsQuerySchema) span: requests.NextRunsQuery,
  ): Promise<PlannedRunsResponse> {
    return toPlannedRunsResponse(await this.tasks.coming(organization, id, { ...span, withLeftOut: true }));
  }

  private written(task: Task): TaskResponse {
    return toWrittenTaskResponse(task, this.tasks.missingFor(task));
  }
}
