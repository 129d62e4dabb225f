import { Injectable } from '@nestjs/common';
import { currentActor } from '../../audit/actor.js';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { differences } from '../../audit/differences.js';
import { ChangeLines } from '../../clock/change-lines.js';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError, NotFoundError, StateConflictError } from '../../domain/errors.js';
import { checked } from '../../domain/faults.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { Page } from '../../domain/listing.js';
import { mergePatch } from '../../domain/merge-patch.js';
import { demandVersion, type VersionCondition } from '../../domain/version-condition.js';
import { Channels } from '../channels/channels.js';
import { NewRecords } from '../new-records.js';
import { NotificationReads, NotificationStore } from '../ports/notification.store.js';
import {
  nextReportAt,
  reportScheduleSchema,
  scheduleOf,
  scheduleRecord,
  type ReportSchedule,
  type ReportScheduleInput,
} from './report-schedule.js';

/** How many schedules of reports an organization may have. */
const ALLOWANCE = { most: 10, one: 'schedule of reports', many: 'schedules of reports' };

/** Creates, shows, changes and removes schedules of reports. */
@Injectable()
export class ReportSchedules {
  private readonly lines: ChangeLines;

  constructor(
    private readonly store: NotificationStore,
    private readonly reads: NotificationReads,
    private readonly channels: Channels,
    private readonly fresh: NewRecords,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /** @throws InvalidInputError, QuotaExceededError */
  async create(organization: string, input: unknown, id?: string): Promise<ReportSchedule> {
    const members = await this.sound(organization, input);
    const now = this.clock.now();
    const schedule: ReportSchedule = {
      ...{ id: id ?? newId(now), organization, version: 1, ...members, nextAt: nextReportAt(members, now) },
      ...{ edition: 1, createdBy: currentActor().id, createdAt: now, updatedAt: now },
    };
    await this.fresh.insert(scheduleRecord(schedule), ALLOWANCE);
    await this.record(schedule, 'created', { after: viewOf(schedule) });
    return schedule;
  }

  private async sound(organization: string, input: unknown): Promise<ReportScheduleInput> {
    const members = checked(reportScheduleSchema, input);
    const faults = await this.channels.faultsIn(organization, members.channels);
    if (faults.length > 0) throw new InvalidInputError(faults);
    return members;
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

  /**
   * Applies a merge patch; with another period or hour the next report is the first one from now on.
   * @throws InvalidInputError, NotFoundError, VersionMismatchError, StateConflictError
   */
  async change(
    organization: string,
    id: string,
    patch: unknown,
    condition?: VersionCondition,
  ): Promise<ReportSchedule> {
    const { before, after } = await this.lines.change(id, 'The report schedule', async () => {
      const read = await this.get(organization, id);
      if (read.unreadable !== undefined)
        throw new StateConflictError(`The schedule cannot be changed: ${read.unreadable}.`);
      const merged = await this.sound(organization, mergePatch(viewOf(read), patch));
      // A condition counts only if the change could otherwise be made (RFC 9110, section 13.2.1).
      if (condition) demandVersion(id, String(read.edition), condition);
      const changed = { ...read, ...merged, ...this.following(read, merged) };
      return (await this.store.replace(scheduleRecord(changed), read.version))
        ? { before: read, after: changed }
        : undefined;
    });
    await this.record(after, 'changed', differences(viewOf(before), viewOf(after)));
    return after;
  }

  /** What a change brings beside the members that it names. */
  private following(read: ReportSchedule, { period, hour }: ReportScheduleInput) {
    const now = this.clock.now();
    const isMoved = period !== read.period || hour !== read.hour;
    const nextAt = isMoved ? nextReportAt({ period, hour }, now) : read.nextAt;
    return { version: read.version + 1, edition: read.edition + 1, updatedAt: now, nextAt };
  }

  /** @throws NotFoundError, VersionMismatchError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    const schedule = await this.get(organization, id);
    if (condition) demandVersion(id, String(schedule.edition), condition);
    if (!(await this.store.remove('report', organization, id))) throw new NotFoundError('report schedule', id);
    await this.record(schedule, 'removed', { before: viewOf(schedule) });
  }

  private async record(
    { organization, id }: ReportSchedule,
    what: string,
    members: { before?: JsonObject; after?: JsonObject },
  ): Promise<void> {
    const object = { type: 'report-schedule' as const, id };
    await this.audit.record({ organization, action: `report-schedule.${what}`, object, ...members });
  }
}

const viewOf = ({ name, channels, by, tag, period, hour }: ReportSchedule): JsonObject => ({
  ...{ name, channels: [...channels], by, tag, period, hour },
});
