import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { SettingsImpactService } from '../../overview/settings-impact.js';
import { ChangesNothing } from '../idempotency/changes-nothing.js';
import { SETTINGS_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import { SettingsImpactResponse, toSettingsImpactResponse } from './impact.response.js';

/** What settings would do before they are saved. */
@ApiTags('settings')
@Controller('v1/settings')
export class ImpactController {
  constructor(private readonly impact: SettingsImpactService) {}

  @Post('impact')
  @ChangesNothing(true)
  @Requires('admin')
  @Operation({
    summary:
      'Tells what settings would do in place of the present ones, and stores nothing: occurrences that calendars move or leave out, quotas and pools against what is in use.',
    answer: SettingsImpactResponse,
    problems: [400, 413, 415],
  })
  @BodyExamples('OrganizationSettings', SETTINGS_EXAMPLES)
  async show(@Organization() organization: string, @Body() body: unknown): Promise<SettingsImpactResponse> {
    return toSettingsImpactResponse(await this.impact.of(organization, body));
  }
}
