import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { ForecastService } from '../../scheduling/tasks/forecast.service.js';
import { Operation } from '../openapi/operation.js';
import * as requests from './forecast.requests.js';
import { ForecastResponse, toForecastResponse } from './forecast.response.js';
import { ValidQuery } from '../http/validation.js';

/** Forecast: the expected load. */
@ApiTags('forecast')
@Controller('v1/forecast')
export class ForecastController {
  constructor(private readonly forecasts: ForecastService) {}

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
}
