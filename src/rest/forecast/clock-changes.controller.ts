import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { ClockChanges } from '../../overview/clock-changes.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { ClockChangesResponse, toClockChangesResponse } from './clock-changes.response.js';
import * as requests from './forecast.requests.js';

/** What coming clock changes do to occurrences. */
@ApiTags('forecast')
@Controller('v1/clock-changes')
export class ClockChangesController {
  constructor(private readonly changes: ClockChanges) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Lists the coming clock changes of the zones that tasks use, and what becomes of the occurrences that they leave out or repeat.',
    answer: ClockChangesResponse,
    problems: [400],
  })
  async show(
    @Organization() organization: string,
    @ValidQuery(requests.clockChangesQuerySchema) { days }: requests.ClockChangesQuery,
  ): Promise<ClockChangesResponse> {
    return toClockChangesResponse(await this.changes.of(organization, days));
  }
}
