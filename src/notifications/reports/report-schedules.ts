import { Injectable } from '@nestjs/common';
import { currentActor } from '../../audit/actor.js';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError, NotFoundError } from '../../domain/errors.js';
import { checked } from '../../domain/faults.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { Page } from '../../domain/listing.js';
import { Channels } from '../channels/channels.js';
import { NewRecords } from '../new-records.js';
import { NotificationReads, NotificationStore } from '../ports/notification.store.js';
import {
  nextReportAt,
  reportScheduleSchema,
  scheduleOf,
  scheduleRecord,
  type ReportSchedule,
} from './report-schedule.js';

/** How many schedules of reports an organization may have. */
const ALLOWANCE = { most: 10, one: 'schedule of reports', many: 'schedules of reports' };

/** Creates, shows and removes schedules of reports. */
@Injectable()
export class ReportSchedules {
  constructor(
    private readonly store: NotificationStore,
    private readonly reads: NotificationReads,
    private readonly channels: Channels,
    private readonly fresh: NewRecords,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputError, QuotaExceededError */
  async create(organization: string, input: unknown, id?: string): Promise<ReportSchedule> {
    const members = checked(reportScheduleSchema, input);
    const faults = await this.channels.faultsIn(organization, members.channels);
    if (faults.length > 0) throw new InvalidInputError(faults);
    const now = this.clock.now();
    const schedule: ReportSchedule = {
      ...{ id: id ?? newId(now), organization, version: 1, ...members, nextAt: nextReportAt(members, now) },
      ...{ createdBy: currentActor().id, createdAt: now, updatedAt: now },
    };
    await this.fresh.insert(scheduleRecord(schedule), ALLOWANCE);
    await this.record(schedule, 'created', { after: viewOf(schedule) });
    return schedule;
  }

  async list(organization: string, page: Page): Promise<ReportSchedule[]> {
    return (await this.reads.list('report', organization, page)).map(scheduleOf);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<ReportSchedule> {
    const [record] = await this.store.find('report', organization, [id]);
    if (!record) throw new NotFoundError('report schedule', id);
    return scheduleOf(record);
  }

  /** @throws NotFoundError */
  async remove(organization: string, id: string): Promise<void> {
    const schedule = await this.get(organization, id);
    if (!(await this.store.remove('report', organization, id))) throw new NotFoundError('report schedule', id);
    await this.record(schedule, 'removed', { before: viewOf(schedule) });
  }

  private async record(
    { organization, id }: ReportSchedule,
    what: string,
    members: { before?: JsonObject; after?: JsonObject },
  ): Promise<void> {
    const object = { type: 'notification-rule' as const, id };
    await this.audit.record({ organization, action: `report-schedule.${what}`, object, ...members });
  }
}

const viewOf = ({ name, channels, by, tag, period, hour }: ReportSchedule): JsonObject => ({
  ...{ name, channels: [...channels], by, tag, period, hour },
});
