import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { csvOf, pageOf, REPORT_PAGE_POLICY } from '../../reports/report-text.js';
import { ReportsService } from '../../reports/reports.service.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { reportQuerySchema, type ReportQueryRequest } from './report.requests.js';
import { ReportResponse, toReportResponse } from './report.response.js';

/** Reports: what became of tasks, in sums. */
@ApiTags('reports')
@Controller('v1/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get()
  @Requires('viewer')
  @Operation({
    summary: 'Sums up what became of occurrences, by task, tag or day: as JSON, CSV or a page.',
    answer: ReportResponse,
    texts: { 'text/csv': 'A line for each row, and one for the total.', 'text/html': 'The report as a page.' },
    problems: [400],
  })
  async show(
    @Organization() organization: string,
    @ValidQuery(reportQuerySchema) { format, ...query }: ReportQueryRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReportResponse | string> {
    const report = await this.reports.make(organization, query);
    if (format === 'json') return toReportResponse(report);
    if (format === 'csv') {
      void reply.header('content-disposition', 'attachment; filename="report.csv"').type('text/csv; charset=utf-8');
      return csvOf(report);
    }
    void reply.header('content-security-policy', REPORT_PAGE_POLICY).type('text/html; charset=utf-8');
    return pageOf(report);
  }
}
