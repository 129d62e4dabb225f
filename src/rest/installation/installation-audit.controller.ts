import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service.js';
import { RequiresInstallation } from '../../auth/permissions.js';
import { INSTALLATION_TRAIL } from '../../organizations/installation-settings.service.js';
import { auditPage } from '../audit/audit-page.js';
import { auditQuerySchema, verifyQuerySchema, type AuditQuery, type VerifyQuery } from '../audit/audit.requests.js';
import { AuditPage, toVerificationResponse, VerificationResponse } from '../audit/audit.response.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';

/** The audit trail of the installation: what its operator has changed for all. */
@ApiTags('installation')
@Controller('v1/installation/audit')
export class InstallationAuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly pages: MeasuredPages,
  ) {}

  @Get()
  @RequiresInstallation()
  @Operation({
    summary: 'Lists the audit trail of the installation, newest first.',
    answer: AuditPage,
    problems: [400],
  })
  list(@ValidQuery(auditQuerySchema) query: AuditQuery): Promise<AuditPage> {
    return auditPage('installation-audit', INSTALLATION_TRAIL, query, this.audit, this.pages);
  }

  @Get('verify')
  @RequiresInstallation()
  @Operation({
    summary: 'Verifies the audit trail of the installation.',
    answer: VerificationResponse,
    problems: [400],
  })
  async verify(@ValidQuery(verifyQuerySchema) { sequence, hash }: VerifyQuery): Promise<VerificationResponse> {
    const given = hash === undefined ? undefined : { sequence, hash };
    return toVerificationResponse(await this.audit.verify(INSTALLATION_TRAIL, given));
  }
}
