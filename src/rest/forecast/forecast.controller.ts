import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { CapacityService } from '../../overview/capacity.js';
import { UpcomingStarts, type UpcomingPosition } from '../../overview/upcoming.js';
import { ForecastService } from '../../scheduling/tasks/forecast.service.js';
import { LoadPlans } from '../../scheduling/tasks/load-plans.js';
import { BY_START, ListPlace } from '../http/cursor.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { PLAN_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import * as requests from './forecast.requests.js';
import {
  ForecastComparisonResponse,
  ForecastResponse,
  toForecastComparisonResponse,
  toForecastResponse,
} from './forecast.response.js';
import { toUpcomingPage, UpcomingPageResponse } from '../overview/overview.response.js';
import { ValidBody, ValidQuery } from '../http/validation.js';

/** Forecast: the expected load. */
@ApiTags('forecast')
@Controller('v1/forecast')
export class ForecastController {
  constructor(
    private readonly forecasts: ForecastService,
    private readonly plans: LoadPlans,
    private readonly capacity: CapacityService,
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
    @ValidQuery(requests.forecastQuerySchema) { step, ...span }: requests.ForecastQuery,
  ): Promise<ForecastResponse> {
    const [forecast, capacity] = await Promise.all([
      this.forecasts.of(organization, { ...span, stepMs: step }),
      this.capacity.of(organization),
    ]);
    return toForecastResponse(forecast, capacity);
  }

  @Post()
  @ChangesNothing(true)
  @Requires('viewer')
  @Operation({
    summary:
      'Compares the forecast with that of another plan: with tasks that do not exist, without some, or with another spread. Nothing is stored.',
    answer: ForecastComparisonResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('ForecastPlanRequest', PLAN_EXAMPLES)
  async compare(
    @Organization() organization: string,
    @ValidBody(requests.planRequestSchema) { from, hours, step, ...plan }: requests.PlanRequest,
  ): Promise<ForecastComparisonResponse> {
    const [comparison, capacity] = await Promise.all([
      this.plans.compare(organization, { from, hours, stepMs: step }, plan),
      this.capacity.of(organization),
    ]);
    return toForecastComparisonResponse(comparison, capacity);
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
