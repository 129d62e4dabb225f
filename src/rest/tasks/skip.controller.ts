import { Controller, Delete, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { OccurrenceSkips } from '../../scheduling/tasks/occurrence-skips.js';
import { ValidBody, ValidQuery } from '../http/validation.js';
import { OccurrenceResponse, toOccurrenceResponse } from '../ledger/occurrence.response.js';
import { SKIP_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './skip.requests.js';

/** Single occurrences taken out of the plan of a task. */
@ApiTags('tasks')
@Controller('v1/tasks')
export class SkipController {
  constructor(private readonly skips: OccurrenceSkips) {}

  @Post(':id/skip')
  @Requires('operator')
  @Operation({
    summary:
      'Skips one occurrence to come of a task, and answers with what its ledger is going to tell of it. Nothing of it can start any more. Skipped again, it stays as it is.',
    answer: OccurrenceResponse,
    problems: [400, 404, 409, 413, 415],
  })
  @BodyExamples('SkipRequest', SKIP_EXAMPLES)
  async skip(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidBody(requests.skipRequestSchema) { at, reason }: requests.SkipRequest,
  ): Promise<OccurrenceResponse> {
    return toOccurrenceResponse({ entry: await this.skips.skip(organization, id, at, reason) });
  }

  @Delete(':id/skip')
  @Requires('operator')
  @Operation({
    summary: 'Puts a skipped occurrence back into the plan of its task, before it is due.',
    status: 204,
    problems: [400, 404, 409],
  })
  restore(
    @Organization() organization: string,
    @Param('id') id: string,
    @ValidQuery(requests.skipQuerySchema) { at }: requests.SkipQuery,
  ): Promise<void> {
    return this.skips.restore(organization, id, at);
  }
}
