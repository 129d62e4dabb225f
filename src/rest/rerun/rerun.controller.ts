import { Controller, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { BackfillService } from '../../rerun/backfill.service.js';
import { RedriveService } from '../../rerun/redrive.service.js';
import { BACKFILL_EXAMPLES, RETRY_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './rerun.requests.js';
import {
  BackfillPlanResponse,
  BackfillResponse,
  RetriesPlanResponse,
  RetriesResponse,
  toBackfillPlanResponse,
  toBackfillResponse,
  toRetriesPlanResponse,
  toRetriesResponse,
} from './rerun.response.js';
import { ValidBody } from '../http/validation.js';

/** Runs again what failed or did not run. */
@ApiTags('runs')
@Controller('v1')
export class RerunController {
  constructor(
    private readonly backfills: BackfillService,
    private readonly redrives: RedriveService,
  ) {}

  @Post('tasks/:id/backfill')
  @Requires('operator')
  @Operation({
    summary:
      'Runs occurrences of a task that have passed without a run. A repeated request makes only the missing runs.',
    status: 202,
    answer: BackfillResponse,
    problems: [400, 404, 409, 413, 415],
  })
  @ApiExtraModels(BackfillPlanResponse)
  @ApiResponse({ status: 200, description: 'With dryRun: the occurrences that would run.', type: BackfillPlanResponse })
  @BodyExamples('BackfillRequest', BACKFILL_EXAMPLES)
  async backfill(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.backfillRequestSchema) { dryRun, ...request }: requests.BackfillRequestBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BackfillResponse | BackfillPlanResponse> {
    if (!dryRun) return toBackfillResponse(await this.backfills.start(organization, id, request));
    void reply.status(HttpStatus.OK);
    return toBackfillPlanResponse(await this.backfills.plan(organization, id, request));
  }

  @Post('runs/retry')
  @Requires('operator')
  @Operation({
    summary: 'Drives many failed runs again. A repeated request makes only the missing runs.',
    status: 202,
    answer: RetriesResponse,
    problems: [400, 413, 415],
  })
  @ApiExtraModels(RetriesPlanResponse)
  @ApiResponse({
    status: 200,
    description: 'With dryRun: the runs that would be driven again.',
    type: RetriesPlanResponse,
  })
  @BodyExamples('RetryRequest', RETRY_EXAMPLES)
  async retry(
    @Organization() organization: string,
    @ValidBody(requests.redriveRequestSchema) { dryRun, ...request }: requests.RedriveRequestBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RetriesResponse | RetriesPlanResponse> {
    if (!dryRun) return toRetriesResponse(await this.redrives.start(organization, request));
    void reply.status(HttpStatus.OK);
    return toRetriesPlanResponse(await this.redrives.plan(organization, request));
  }
}
