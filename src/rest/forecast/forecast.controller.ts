import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { UpcomingStarts, type UpcomingPosition } from '../../overview/upcoming.js';
import { ForecastService } from '../../scheduling/tasks/forecast.service.js';
import { BY_START, ListPlace } from '../http/cursor.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './forecast.requests.js';
import { ForecastResponse, toForecastResponse } from './forecast.response.js';
import { toUpcomingPage, UpcomingPageResponse } from '../overview/overview.response.js';
import { ValidQuery } from '../http/validation.js';

/** Forecast: the expected load. */
@ApiTags('forecast')
@Controller('v1/forecast')
export class ForecastController {
  constructor(
    private readonly forecasts: ForecastService,
    private readonly upcoming: UpcomingStarts,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Forecasts the starts of the coming hours, and the busy seconds that a spread would relieve.',
    answer: ForecastResponse,
    problems: [400],
  })
  async show(
    @Organization() organization: string,
    @ValidQuery(requests.forecastQuerySchema) { hours }: requests.ForecastQuery,
  ): Promise<ForecastResponse> {
    return toForecastResponse(await this.forecasts.of(organization, hours));
  }

  @Get('starts')
  @Requires('viewer')
  @Operation({
    summary:
      'Lists which tasks start in a stretch of time to come, such as a busy second or minute, in the order of their starts.',
    answer: UpcomingPageResponse,
    problems: [400],
  })
  async starts(
    @Organization() organization: string,
    @ValidQuery(requests.startsQuerySchema) query: requests.StartsQuery,
  ): Promise<UpcomingPageResponse> {
    const place = new ListPlace<UpcomingPosition>(BY_START, 'forecast/starts', query);
    const { at, stepMs, limit } = query;
    const page = await this.upcoming.list(organization, { from: at, to: at + stepMs, limit, after: place.after });
    return toUpcomingPage(page, page.next && place.cursorAt(page.next));
  }
}
