import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthenticatedCaller, type Caller } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { Clock } from '../../clock/clock.js';
import { packageVersion } from '../../cluster/package-version.js';
import { Operation } from '../openapi/operation.js';
import { MeResponse, toMeResponse } from './me.response.js';

/** What the sender of a request is here. */
@ApiTags('me')
@Controller('v1/me')
export class MeController {
  private readonly version = packageVersion();

  constructor(private readonly clock: Clock) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Shows who sends the request: organization and roles, and the time of the service.',
    answer: MeResponse,
    problems: [],
  })
  show(@AuthenticatedCaller() caller: Caller): MeResponse {
    return toMeResponse(caller, this.clock.now(), this.version);
  }
}
