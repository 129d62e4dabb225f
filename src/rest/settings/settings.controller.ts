import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { Precondition } from '../http/protocol/conditional.js';
import { SETTINGS_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import { SettingsResponse, toSettingsResponse } from './settings.response.js';

const VERSIONED = { ETag: 'The version of the settings, for If-Match.' };

/** Settings: what an organization has set for all of its tasks. */
@ApiTags('settings')
@Controller('v1/settings')
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @Requires('admin')
  @Operation({ summary: 'Shows the settings of the organization.', answer: SettingsResponse, headers: VERSIONED })
  @KnownVersionHeader()
  async show(@Organization() organization: string): Promise<SettingsResponse> {
    return toSettingsResponse(await this.settings.get(organization));
  }

  @Put()
  @Requires('admin')
  @Operation({
    summary: 'Replaces the settings of the organization; a missing member gets its default.',
    answer: SettingsResponse,
    headers: VERSIONED,
    problems: [400, 409, 412, 413, 415],
  })
  @ConditionalHeaders()
  @BodyExamples('OrganizationSettings', SETTINGS_EXAMPLES)
  async replace(
    @Organization() organization: string,
    @Body() body: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<SettingsResponse> {
    return toSettingsResponse(await this.settings.put(organization, body, condition));
  }
}
