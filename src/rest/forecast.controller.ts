import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import { ForecastService } from '../scheduling/forecast.service.js';
import { Operation } from './openapi/operation.js';
import * as requests from './requests/forecast.requests.js';
import { ForecastResponse, toForecastResponse } from './responses/forecast.response.js';
import { ValidQuery } from './validation.js';

/** Forecast: the load that is to come. */
@ApiTags('forecast')
@Controller('v1/forecast')
export class ForecastController {
  constructor(private readonly forecasts: ForecastService) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Foretells the starts of the coming hours, and the seconds that a spread would relieve.',
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
