import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { TaskChecks } from '../../scheduling/tasks/task-checks.js';
import { ValidBody } from '../http/validation.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { CHECK_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './check.requests.js';
import { TaskCheckResponse, toTaskCheckResponse } from './check.response.js';

/** What a task would do, before it is stored. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class CheckController {
  constructor(private readonly checks: TaskChecks) {}

  @Post('check')
  @ChangesNothing(true)
  @Requires('editor')
  @Operation({
    summary:
      'Checks a whole task and shows what it would do, and stores nothing. What is wrong with it is in the answer.',
    answer: TaskCheckResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('TaskCheckRequest', CHECK_EXAMPLES)
  async task(
    @Organization() organization: string,
    @ValidBody(requests.checkRequestSchema) { task, id }: requests.CheckRequest,
  ): Promise<TaskCheckResponse> {
    return toTaskCheckResponse(await this.checks.check(organization, task, id));
  }
}
