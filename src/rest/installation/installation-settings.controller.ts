import { Body, Controller, Get, Patch, Put } from '@nestjs/common';
import { ApiConsumes, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { RequiresInstallation } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { InstallationSettingsService } from '../../organizations/installation-settings.service.js';
import { RuntimeSettings } from '../../settings/runtime-settings.js';
import { Precondition } from '../http/protocol/conditional.js';
import { INSTALLATION_EXAMPLES, INSTALLATION_PATCH_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import {
  EffectiveSettingResponse,
  InstallationSettingsResponse,
  toInstallationSettingsResponse,
} from './installation-settings.response.js';

const VERSIONED = { ETag: 'The version of the settings, for If-Match.' };

/** The installation: what its operator sets for all instances. */
@ApiTags('installation')
@ApiExtraModels(EffectiveSettingResponse)
@Controller('v1/installation/settings')
export class InstallationSettingsController {
  constructor(
    private readonly settings: InstallationSettingsService,
    private readonly runtime: RuntimeSettings,
  ) {}

  @Get()
  @RequiresInstallation()
  @Operation({
    summary: 'Shows the settings of the installation, and what counts on the instance that answers.',
    answer: InstallationSettingsResponse,
    headers: VERSIONED,
  })
  @KnownVersionHeader()
  async show(): Promise<InstallationSettingsResponse> {
    return toInstallationSettingsResponse(await this.settings.get(), this.runtime);
  }

  @Put()
  @RequiresInstallation()
  @Operation({
    summary: 'Replaces the settings of the installation; all instances work by them within two seconds.',
    answer: InstallationSettingsResponse,
    headers: VERSIONED,
    problems: [400, 409, 412, 413, 415],
  })
  @ConditionalHeaders()
  @BodyExamples('InstallationSettings', INSTALLATION_EXAMPLES)
  async replace(
    @Body() body: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<InstallationSettingsResponse> {
    return toInstallationSettingsResponse(await this.settings.put(body, condition), this.runtime);
  }

  @Patch()
  @RequiresInstallation()
  @Operation({
    summary: 'Changes the settings of the installation by a JSON Merge Patch (RFC 7396).',
    answer: InstallationSettingsResponse,
    headers: VERSIONED,
    problems: [400, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('InstallationSettingsPatch', INSTALLATION_PATCH_EXAMPLES)
  async change(
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<InstallationSettingsResponse> {
    return toInstallationSettingsResponse(await this.settings.patch(patch, condition), this.runtime);
  }
}
