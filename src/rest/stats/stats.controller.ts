import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { TaskSeries } from '../../overview/task-series.js';
import { StatsService } from '../../stats/stats.service.js';
import { Operation } from '../openapi/operation.js';
import { SeriesService } from '../../stats/series.service.js';
import { ValidQuery } from '../http/validation.js';
import { STEPS } from '../occurrences/occurrence.requests.js';
import * as requests from './series.requests.js';
import { SeriesResponse, StatsResponse, toSeriesResponse, toStatsResponse } from './stats.response.js';

/** Stats: the figures of a dashboard. */
@ApiTags('stats')
@Controller('v1/stats')
export class StatsController {
  constructor(
    private readonly stats: StatsService,
    private readonly seriesOf: SeriesService,
    private readonly ofTasks: TaskSeries,
  ) {}

  @Get('series')
  @Requires('viewer')
  @Operation({
    summary:
      'Shows starts, outcomes and lateness over time: of the last two days, or, of a task or a tag, as long as runs are kept.',
    answer: SeriesResponse,
    problems: [400],
  })
  async series(
    @Organization() organization: string,
    @ValidQuery(requests.seriesQuerySchema) { from, to, step, taskId, tag }: requests.SeriesQuery,
  ): Promise<SeriesResponse> {
    const query = { from, to, stepMs: STEPS[step] };
    if (taskId === undefined && tag === undefined) return toSeriesResponse(await this.seriesOf.of(organization, query));
    return toSeriesResponse(await this.ofTasks.of(organization, { taskId, tag }, query));
  }

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Counts tasks and runs by state, recent starts, outcomes and lateness, and lists the next starts.',
    answer: StatsResponse,
    problems: [],
  })
  async show(@Organization() organization: string): Promise<StatsResponse> {
    return toStatsResponse(await this.stats.of(organization));
  }
}
