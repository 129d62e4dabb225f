import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { ReportSchedules } from '../../notifications/reports/report-schedules.js';
import { pageOf } from '../http/page.js';
import { ValidQuery } from '../http/validation.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { notificationListQuerySchema, type NotificationListQuery } from '../notifications/notification.requests.js';
import { REPORT_SCHEDULE_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, Operation } from '../openapi/operation.js';
import { ReportSchedulePage, ReportScheduleResponse, toReportScheduleResponse } from './report.response.js';

/** Schedules of reports: which reports go to channels, and when. */
@ApiTags('reports')
@Controller('v1/report-schedules')
export class ReportSchedulesController {
  constructor(private readonly schedules: ReportSchedules) {}

  @Post()
  @Requires('editor')
  @Operation({
    summary: 'Has a report sent to channels each day or week, once for each period.',
    status: 201,
    answer: ReportScheduleResponse,
    problems: [400, 409, 413, 415],
  })
  @BodyExamples('ReportScheduleInput', REPORT_SCHEDULE_EXAMPLES)
  async create(
    @Organization() organization: string,
    @Body() input: unknown,
    @DerivedId() id: string | undefined,
  ): Promise<ReportScheduleResponse> {
    return toReportScheduleResponse(await this.schedules.create(organization, input, id));
  }

  @Get()
  @Requires('viewer')
  @Operation({ summary: 'Lists the schedules of reports, newest first.', answer: ReportSchedulePage, problems: [400] })
  async list(
    @Organization() organization: string,
    @ValidQuery(notificationListQuerySchema) query: NotificationListQuery,
  ): Promise<ReportSchedulePage> {
    const page = await pageOf('report-schedules', query, (stretch) => this.schedules.list(organization, stretch));
    return { ...page, items: page.items.map(toReportScheduleResponse) };
  }

  @Get(':id')
  @Requires('viewer')
  @Operation({ summary: 'Shows a schedule of reports.', answer: ReportScheduleResponse, problems: [404] })
  async show(@Organization() organization: string, @Param('id') id: string): Promise<ReportScheduleResponse> {
    return toReportScheduleResponse(await this.schedules.get(organization, id));
  }

  @Delete(':id')
  @Requires('editor')
  @Operation({ summary: 'Removes a schedule of reports.', status: 204, problems: [404] })
  remove(@Organization() organization: string, @Param('id') id: string): Promise<void> {
    return this.schedules.remove(organization, id);
  }
}
