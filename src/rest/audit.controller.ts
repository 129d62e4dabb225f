import { Controller, Get, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AuditEntry } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { Organization } from '../auth/caller.js';
import { Requires } from '../auth/permissions.js';
import { AuditExport, NDJSON, WantsExport } from './audit-export.js';
import { BY_SEQUENCE, ListPlace } from './cursor.js';
import { MeasuredPages, withOneMore } from './measured-pages.js';
import { Operation } from './openapi/operation.js';
import * as requests from './requests/audit.requests.js';
import { toListedEntryResponse, toVerificationResponse, VerificationResponse } from './responses/audit.response.js';
import { AuditPage } from './responses/pages.response.js';
import { ValidQuery } from './validation.js';

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
    streams: { [NDJSON]: 'Each line is an AuditEntryResponse in JSON.' },
    headers: { Vary: 'Accept' },
    problems: [400],
  })
  async list(
    @Organization() organization: string,
    @ValidQuery(requests.auditQuerySchema) query: requests.AuditQuery,
    @WantsExport() wantsExport: boolean,
  ): Promise<AuditPage | StreamableFile> {
    if (wantsExport) return this.exports.stream(organization, query);
    const place = new ListPlace(BY_SEQUENCE, 'audit', query);
    const positionOf = ({ sequence }: AuditEntry) => sequence;
    const { items, next } = await this.pages.of({
      limit: query.limit,
      after: place.after,
      read: withOneMore((before, limit) => this.audit.list(organization, query, { before, limit }), positionOf),
      positionOf,
      show: toListedEntryResponse,
    });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
  }

  @Get('verify')
  @Requires('admin')
  @Operation({
    summary: 'Finds the first entry of the audit trail that was altered, removed or put elsewhere.',
    answer: VerificationResponse,
  })
  async verify(@Organization() organization: string): Promise<VerificationResponse> {
    return toVerificationResponse(await this.audit.verify(organization));
  }
}
