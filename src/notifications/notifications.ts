import { Inject, Injectable } from '@nestjs/common';
import { DeliveryWorker } from './deliveries/delivery-worker.js';
import { ReportRounds } from './reports/report-rounds.js';
import { RuleBook } from './rules/rule-book.js';
import { MAIL, type Mail } from './senders/mail.js';

/** How long a stop waits for the tries under way (ms); they are made again by whoever comes next. */
const STOP_MS = 2000;

/** Starts and stops what tells organizations of their tasks. */
@Injectable()
export class Notifications {
  constructor(
    private readonly book: RuleBook,
    private readonly worker: DeliveryWorker,
    private readonly reports: ReportRounds,
    @Inject(MAIL) private readonly mail: Mail,
  ) {}

  /** Resolves once it is known who wants to be told of what. */
  async start(): Promise<void> {
    await this.book.start();
    this.worker.start();
    this.reports.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.book.stop(), this.reports.stop(), this.worker.stop(STOP_MS)]);
    this.mail.close();
  }
}
