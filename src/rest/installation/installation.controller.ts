import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequiresInstallation } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { GrantsService } from '../../organizations/grants.service.js';
import { GRANTS_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, Operation } from '../openapi/operation.js';
import { Precondition } from '../http/protocol/conditional.js';
import { organizationNameSchema } from './installation.requests.js';
import { GrantsResponse, toGrantsResponse } from './grants.response.js';
import { ValidParam } from '../http/validation.js';

const VERSIONED = { ETag: 'The version of the weight and the ceilings, for If-Match.' };

/** The installation: what its operator sets for organizations. */
@ApiTags('installation')
@Controller('v1/installation/organizations')
export class InstallationController {
  constructor(private readonly grants: GrantsService) {}

  @Get(':organization')
  @RequiresInstallation()
  @Operation({
    summary: 'Shows the weight of an organization and the ceilings of its quotas.',
    answer: GrantsResponse,
    headers: VERSIONED,
    problems: [400],
  })
  async show(@ValidParam('organization', organizationNameSchema) organization: string): Promise<GrantsResponse> {
    return toGrantsResponse(await this.grants.get(organization));
  }

  @Put(':organization')
  @RequiresInstallation()
  @Operation({
    summary:
      'Replaces the weight of an organization and the ceilings of its quotas; a missing member gets its default.',
    answer: GrantsResponse,
    headers: VERSIONED,
    problems: [400, 409, 412, 413, 415],
  })
  @ConditionalHeaders()
  @BodyExamples('OrganizationGrants', GRANTS_EXAMPLES)
  async replace(
    @ValidParam('organization', organizationNameSchema) organization: string,
    @Body() body: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<GrantsResponse> {
    return toGrantsResponse(await this.grants.put(organization, body, condition));
  }
}
