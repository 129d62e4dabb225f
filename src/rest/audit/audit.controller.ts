import { Controller, Get, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service.js';
import { NotFoundError } from '../../domain/errors.js';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { AuditExport, NDJSON, WantsExport } from './audit-export.js';
import { MeasuredPages } from '../http/measured-pages.js';
import { Operation } from '../openapi/operation.js';
import { auditPage } from './audit-page.js';
import * as requests from './audit.requests.js';
import {
  AuditEntryResponse,
  AuditPage,
  toAuditEntryResponse,
  toVerificationResponse,
  VerificationResponse,
} from './audit.response.js';
import { ValidQuery } from '../http/validation.js';

/** Audit: who changed what, and how every run ended. */
@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly exports: AuditExport,
    private readonly pages: MeasuredPages,
  ) {}

  @Get()
  @Requires('admin')
  @Operation({
    summary: `Lists the audit trail, newest first; with Accept: ${NDJSON}, exports all of it, oldest first.`,
    answer: AuditPage,
    texts: { [NDJSON]: 'Each line is an AuditEntryResponse in JSON.' },
    headers: { Vary: 'Accept' },
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.auditQuerySchema) query: requests.AuditQuery,
    @WantsExport() wantsExport: boolean,
  ): Promise<AuditPage | StreamableFile> {
    if (wantsExport) return this.exports.stream(organization, query);
    return auditPage('audit', organization, query, this.audit, this.pages);
  }

  @Get('verify')
  @Requires('admin')
  @Operation({
    summary: 'Verifies the audit trail: finds the first entry that was altered, removed or moved.',
    answer: VerificationResponse,
    problems: [400],
  })
  async verify(
    @Organization() organization: string,
    @ValidQuery(requests.verifyQuerySchema) { sequence, hash }: requests.VerifyQuery,
  ): Promise<VerificationResponse> {
    const given = hash === undefined ? undefined : { sequence, hash };
    return toVerificationResponse(await this.audit.verify(organization, given));
  }

  @Get(':sequence')
  @Requires('admin')
  @Operation({
    summary: 'Shows an entry of the audit trail, by its number.',
    answer: AuditEntryResponse,
    problems: [404],
  })
  async entry(@Organization() organization: string, @Param('sequence') sequence: string): Promise<AuditEntryResponse> {
    return toAuditEntryResponse(await this.audit.entry(organization, sequenceOf(sequence)));
  }
}

/** @throws NotFoundError */
function sequenceOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new NotFoundError('audit entry', text);
}
