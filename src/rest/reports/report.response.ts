import { toIso } from '../../domain/instants.js';
import { REPORT_ROWS, type Report } from '../../reports/report.js';
import type { ReportSchedule } from '../../notifications/reports/report-schedule.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** How milliseconds spread; null where there were none. */
export class SpreadResponse {
  @Shown({ type: 'integer', nullable: true })
  meanMs!: number | null;

  @Shown({ type: 'integer', nullable: true })
  p95Ms!: number | null;

  @Shown({ type: 'integer', nullable: true })
  worstMs!: number | null;
}

/** Why occurrences did not run, and how many. */
export class ReportReasonResponse {
  @Shown()
  reason!: string;

  @Shown({ type: 'integer' })
  count!: number;
}

/** Counts of a group of runs. */
export class ReportFiguresResponse {
  @Shown({ type: 'integer', description: 'Runs, those that are not finished included.' })
  runs!: number;

  @Shown({ type: 'integer' })
  succeeded!: number;

  @Shown({ type: 'integer' })
  failed!: number;

  @Shown({ type: 'integer' })
  timedOut!: number;

  @Shown({ type: 'integer' })
  cancelled!: number;

  @Shown({ type: 'integer', description: 'Occurrences that were skipped.' })
  skipped!: number;

  @Shown({ type: 'integer', description: 'Occurrences that were missed.' })
  missed!: number;

  @Shown({ type: 'integer', description: 'Occurrences that another run stood for.' })
  coalesced!: number;

  @Shown({ type: Number, nullable: true, description: 'Succeeded among those that succeeded, failed or timed out.' })
  successRate!: number | null;

  @Shown({ type: SpreadResponse, description: 'How late the first attempts began.' })
  lateness!: SpreadResponse;

  @Shown({ type: SpreadResponse, description: 'From the start of the first attempt to the end of the last.' })
  duration!: SpreadResponse;

  @Shown({ type: [ReportReasonResponse], description: 'Why occurrences did not run, the most frequent first.' })
  reasons!: ReportReasonResponse[];
}

/** The figures of one task, tag or day. */
export class ReportRowResponse extends ReportFiguresResponse {
  @Shown({ description: "A task's id, a tag, or a day (UTC)." })
  key!: string;

  @Shown()
  name!: string;
}

/** What became of an organization's tasks within some time. */
export class ReportResponse {
  @Shown({ enum: REPORT_ROWS })
  by!: string;

  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @ShownInstant({ description: 'From when on everything is counted; what is older had too many runs.' })
  countedFrom!: string;

  @Shown({ description: 'Whether everything in the range is counted.' })
  isComplete!: boolean;

  @Shown({ type: ReportFiguresResponse })
  total!: ReportFiguresResponse;

  @Shown({ type: [ReportRowResponse] })
  rows!: ReportRowResponse[];

  @Shown({ type: 'integer', description: 'How many more rows there were than are shown.' })
  moreRows!: number;
}

export const toReportResponse = (report: Report): ReportResponse =>
  respond(ReportResponse, {
    ...report,
    ...{ from: toIso(report.from), to: toIso(report.to), countedFrom: toIso(report.countedFrom) },
  });

/** Which report goes to channels, and when. */
export class ReportScheduleResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ description: 'The version of the schedule, as in its ETag; reports that are made leave it as it is.' })
  version!: string;

  @Shown()
  name!: string;

  @Shown({ type: [String], format: 'uuid' })
  channels!: string[];

  @Shown({ enum: REPORT_ROWS })
  by!: string;

  @Shown({ nullable: true, type: String })
  tag!: string | null;

  @Shown({ enum: ['day', 'week'] })
  period!: string;

  @Shown({ type: 'integer' })
  hour!: number;

  @ShownInstant({ description: 'When the next report is made.' })
  nextAt!: string;

  @Shown({ description: 'The subject that created it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  updatedAt!: string;
}

/** A page of schedules, newest first. */
export class ReportSchedulePage {
  @Shown({ type: [ReportScheduleResponse] })
  items!: ReportScheduleResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

export const toReportScheduleResponse = (schedule: ReportSchedule): ReportScheduleResponse =>
  respond(ReportScheduleResponse, {
    ...schedule,
    version: String(schedule.edition),
    ...{ nextAt: toIso(schedule.nextAt), createdAt: toIso(schedule.createdAt), updatedAt: toIso(schedule.updatedAt) },
  });
