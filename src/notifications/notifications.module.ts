import { Module, type DynamicModule } from '@nestjs/common';
import { LockingModule } from '../locking/locking.module.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { ConsumersModule } from '../outbox/consumers.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { AlertConsumer } from './alerts/alert-consumer.js';
import { AlertPublisher } from './alerts/publisher.js';
import { ChannelSecrets } from './channels/channel-secrets.js';
import { NewRecords } from './new-records.js';
import { Channels } from './channels/channels.js';
import { ChannelCare } from './deliveries/channel-care.js';
import { Deliveries } from './deliveries/deliveries.js';
import { DeliveryWorker } from './deliveries/delivery-worker.js';
import { HeldDeliveries } from './deliveries/held-deliveries.js';
import { Notifications } from './notifications.js';
import { ReportRounds } from './reports/report-rounds.js';
import { ReportSchedules } from './reports/report-schedules.js';
import { RuleBook } from './rules/rule-book.js';
import { Rules } from './rules/rules.js';
import { MAIL, SmtpMail } from './senders/mail.js';
import { Senders } from './senders/senders.js';

/** Tells organizations of what happens to their tasks, by channels and rules of theirs. */
@Module({})
export class NotificationsModule {
  /** `secrets` provides the key ring, `integrations` the client for addresses that tenants choose. */
  static forRoot(secrets: DynamicModule, integrations: DynamicModule): DynamicModule {
    return {
      module: NotificationsModule,
      imports: [secrets, integrations, LockingModule, ConsumersModule, ReportsModule],
      providers: [
        { provide: MAIL, inject: [RUNNER_OPTIONS], useFactory: ({ smtp }: ResolvedOptions) => new SmtpMail(smtp) },
        ...[
          NewRecords,
          ChannelSecrets,
          Channels,
          HeldDeliveries,
          RuleBook,
          Rules,
          Senders,
          ChannelCare,
          DeliveryWorker,
        ],
        ...[Deliveries, AlertPublisher, AlertConsumer, ReportSchedules, ReportRounds, Notifications],
      ],
    };
  }
}
