import { z } from 'zod';
import { REPORT_ROWS } from '../../reports/report.js';
import type { NotificationRecord } from '../ports/notification.store.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The first Monday of the epoch. */
const MONDAY = 4 * DAY_MS;

const channels = z
  .array(z.uuid())
  .min(1)
  .max(10)
  .refine((all) => new Set(all).size === all.length, 'must not name anything twice');

const members = {
  name: z.string().min(1).max(200).describe('What the report is for.'),
  channels: channels.describe('The ids of the channels that get it.'),
  by: z.enum(REPORT_ROWS).default('task').describe('What the lines are.'),
  tag: z.string().min(1).max(64).nullable().default(null).describe('Only tasks that have this tag.'),
  period: z.enum(['day', 'week']).default('day').describe('How much a report covers, and how often there is one.'),
  hour: z.int().min(0).max(23).default(6).describe('At which hour (UTC) it is made; each week, on Monday.'),
};

/** A new schedule of reports. */
export const reportScheduleSchema = z.strictObject(members).meta({ id: 'ReportScheduleInput' });
export type ReportScheduleInput = z.output<typeof reportScheduleSchema>;

/** A change of a schedule; the members are checked once they are merged. */
export const reportSchedulePatchSchema = z.strictObject(members).partial().meta({ id: 'ReportSchedulePatch' });

const bodySchema = z.object({
  ...members,
  channels: z.array(z.string()),
  /** How often it was changed, and one more: reports that are made do not count. */
  edition: z.number().default(1),
  ...{ updatedAt: z.number(), createdBy: z.string(), createdAt: z.number() },
});

/** When an organization gets reports, and where. Instants in epoch ms. */
export interface ReportSchedule extends z.output<typeof bodySchema> {
  id: string;
  organization: string;
  version: number;
  /** When the next report is made. */
  nextAt: number;
  /** Why its record cannot be read, where that is so; then it makes no report. */
  unreadable?: string;
}

/** The schedule as it is found: by when its next report is due. */
export const scheduleRecord = ({
  id,
  organization,
  version,
  nextAt: at,
  unreadable: _,
  ...body
}: ReportSchedule): NotificationRecord => ({
  // prettier-ignore
  ...{ kind: 'report', organization, id, version, at },
  body,
});

/** The schedule; one whose record cannot be read makes no report, and can be removed. */
export function scheduleOf({ id, organization, version, at, body }: NotificationRecord): ReportSchedule {
  const parsed = bodySchema.safeParse(body);
  const known = { id, organization, version, nextAt: at };
  if (parsed.success) return { ...known, ...parsed.data };
  return {
    ...known,
    ...{ name: '(unreadable)', channels: [], by: 'task', tag: null, period: 'day', hour: 0 },
    ...{ edition: 0, updatedAt: 0, createdBy: '', createdAt: 0, unreadable: 'its record has an invalid value' },
  };
}

export const lengthOf = (period: ReportSchedule['period']): number => (period === 'week' ? 7 * DAY_MS : DAY_MS);

/** When the next report is made after an instant (epoch ms). */
export function nextReportAt({ period, hour }: Pick<ReportSchedule, 'period' | 'hour'>, after: number): number {
  const phase = (period === 'week' ? MONDAY : 0) + hour * HOUR_MS;
  const length = lengthOf(period);
  return Math.floor((after - phase) / length) * length + phase + length;
}
