import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { UsageService } from '../../overview/usage.js';
import { Operation } from '../openapi/operation.js';
import { toUsageResponse, UsageResponse } from './usage.response.js';

/** What of its limits an organization uses. */
@ApiTags('settings')
@Controller('v1/settings')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('usage')
  @Requires('viewer')
  @Operation({
    summary: 'Tells how much of its quotas and pools the organization uses, at most a second ago.',
    answer: UsageResponse,
    problems: [],
  })
  async show(@Organization() organization: string): Promise<UsageResponse> {
    return toUsageResponse(await this.usage.of(organization));
  }
}
