import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { derivedId } from '../../domain/ids.js';
import { messageOf } from '../../domain/thrown.js';
import type { Report } from '../../reports/report.js';
import { coverageOf, sentenceOf } from '../../reports/report-text.js';
import { ReportsService } from '../../reports/reports.service.js';
import type { Alert } from '../alerts/alert.js';
import { aboutChannel } from '../alerts/wordings.js';
import { DeliveryWorker } from '../deliveries/delivery-worker.js';
import { newDelivery } from '../deliveries/new-delivery.js';
import { NotificationDeliveryStore } from '../ports/notification-delivery.store.js';
import { NotificationStore, type RecordPlace } from '../ports/notification.store.js';
import { lengthOf, nextReportAt, scheduleOf, scheduleRecord, type ReportSchedule } from './report-schedule.js';

const ROUND_MS = 30_000;
const PAGE = 200;
const LONGEST_LINE = 900;

/**
 * Makes the reports that are due. Whichever instances look at a schedule, and whenever they die: a report of a period has
 * one id for each channel, and is there once.
 */
@Injectable()
export class ReportRounds {
  private readonly rounds: Rounds;
  private readonly logger = new Logger('Reports');

  constructor(
    private readonly store: NotificationStore,
    private readonly deliveries: NotificationDeliveryStore,
    private readonly reports: ReportsService,
    private readonly worker: DeliveryWorker,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => ROUND_MS,
      () => this.round(),
    );
  }

  start(): void {
    this.rounds.startLater();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Makes what is due; never rejects. */
  async round(): Promise<void> {
    try {
      for (let place: RecordPlace = { at: -1, organization: '', id: '' }; !this.rounds.isStopped;) {
        const page = await this.store.behind('report', place, PAGE);
        const now = this.clock.now();
        const due = page.filter(({ at }) => at <= now).map(scheduleOf);
        for (const schedule of due) if (schedule.unreadable === undefined) await this.make(schedule);
        if (due.length < PAGE) return;
        place = page.at(-1)!;
      }
    } catch (error) {
      this.logger.warn(`Schedules of reports cannot be read: ${messageOf(error, 300)}`);
    }
  }

  private async make(schedule: ReportSchedule): Promise<void> {
    const { organization, id, nextAt, channels, by, tag, period, version } = schedule;
    try {
      const query = { by, from: nextAt - lengthOf(period), to: nextAt, ...(tag !== null && { tag }) };
      const alerts = alertsOf(schedule, await this.reports.make(organization, query));
      const now = this.clock.now();
      const name = `report/${id}/${nextAt}`;
      await this.deliveries.insert(
        channels.map((channel) =>
          newDelivery({ organization, channel, rule: null }, { name, at: nextAt, dueAt: now }, alerts),
        ),
      );
      const next = { ...schedule, version: version + 1, nextAt: nextReportAt(schedule, nextAt) };
      await this.store.replace(scheduleRecord(next), version);
      this.worker.soon();
    } catch (error) {
      this.logger.warn(`The report ${id} of ${organization} has to wait: ${messageOf(error, 300)}`);
    }
  }
}

/** What the report is of, its total, and a line for each row. */
function alertsOf({ id, name, nextAt }: ReportSchedule, report: Report): Alert[] {
  const texts = [
    `Report "${name}", ${coverageOf(report)} ${sentenceOf('All', report.total)}`,
    ...report.rows.map((row) => sentenceOf(row.name, row)),
  ];
  return texts.map((text, n) =>
    aboutChannel(derivedId(nextAt, 'report', id, String(n)), text.slice(0, LONGEST_LINE), nextAt, 'report'),
  );
}
