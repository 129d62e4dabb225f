import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import { StatsService } from '../stats/stats.service.js';
import { Operation } from './openapi/operation.js';
import { StatsResponse, toStatsResponse } from './responses/stats.response.js';

/** Stats: the figures of a dashboard. */
@ApiTags('stats')
@Controller('v1/stats')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Tells tasks and runs by state, the starts, outcomes and lateness of late, and the next starts.',
    answer: StatsResponse,
    problems: [],
  })
  async show(@Organization() organization: string): Promise<StatsResponse> {
    return toStatsResponse(await this.stats.of(organization));
  }
}
