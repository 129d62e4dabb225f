import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthenticatedCaller, type Caller } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { Clock } from '../../clock/clock.js';
import { Operation } from '../openapi/operation.js';
import { MeResponse, toMeResponse } from './me.response.js';
import { ServiceSurroundings } from './surroundings.js';

/** What the sender of a request is here. */
@ApiTags('me')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly surroundings: ServiceSurroundings,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary:
      'Shows who sends the request, with organization and roles, and what the service offers: its time, limits, and what its instances can do.',
    answer: MeResponse,
    problems: [],
  })
  async show(@AuthenticatedCaller() caller: Caller): Promise<MeResponse> {
    return toMeResponse(caller, this.clock.now(), await this.surroundings.now());
  }
}
