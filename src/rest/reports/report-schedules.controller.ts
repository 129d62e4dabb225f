import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { ReportSchedules } from '../../notifications/reports/report-schedules.js';
import { pageOf } from '../http/page.js';
import { Precondition } from '../http/protocol/conditional.js';
import { ValidQuery } from '../http/validation.js';
import { DerivedId } from '../idempotency/derived-id.js';
import { notificationListQuerySchema, type NotificationListQuery } from '../notifications/notification.requests.js';
import { REPORT_SCHEDULE_EXAMPLES, REPORT_SCHEDULE_PATCH_EXAMPLES } from '../openapi/examples.js';
import { BodyExamples, ConditionalHeaders, KnownVersionHeader, Operation } from '../openapi/operation.js';
import { ReportSchedulePage, ReportScheduleResponse, toReportScheduleResponse } from './report.response.js';

const VERSIONED = { ETag: 'The version of the schedule, for If-Match.' };

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
    headers: VERSIONED,
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
  @Operation({
    summary: 'Shows a schedule of reports.',
    answer: ReportScheduleResponse,
    headers: VERSIONED,
    problems: [404],
  })
  @KnownVersionHeader()
  async show(@Organization() organization: string, @Param('id') id: string): Promise<ReportScheduleResponse> {
    return toReportScheduleResponse(await this.schedules.get(organization, id));
  }

  @Patch(':id')
  @Requires('editor')
  @Operation({
    summary: 'Changes a schedule of reports by a merge patch.',
    answer: ReportScheduleResponse,
    headers: VERSIONED,
    problems: [400, 404, 409, 412, 413, 415],
  })
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ConditionalHeaders()
  @BodyExamples('ReportSchedulePatch', REPORT_SCHEDULE_PATCH_EXAMPLES)
  async change(
    @Organization() organization: string,
    @Param('id') id: string,
    @Body() patch: unknown,
    @Precondition() condition: VersionCondition,
  ): Promise<ReportScheduleResponse> {
    return toReportScheduleResponse(await this.schedules.change(organization, id, patch, condition));
  }

  @Delete(':id')
  @Requires('editor')
  @Operation({ summary: 'Removes a schedule of reports.', status: 204, problems: [400, 404, 412] })
  @ConditionalHeaders()
  remove(
    @Organization() organization: string,
    @Param('id') id: string,
    @Precondition() condition: VersionCondition,
  ): Promise<void> {
    return this.schedules.remove(organization, id, condition);
  }
}
