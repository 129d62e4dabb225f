import { Module } from '@nestjs/common';
import { AuditRetention } from '../audit/audit-retention.js';
import { IdempotencyStore } from '../idempotency/idempotency.store.js';
import { LockingModule } from '../locking/locking.module.js';
import { NotificationDeliveryStore } from '../notifications/ports/notification-delivery.store.js';
import { NotificationStore } from '../notifications/ports/notification.store.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { StatsStore } from '../stats/stats.store.js';
import { EventStore } from '../events/event.store.js';
import { WebhookDeliveryStore } from '../webhooks/ports/webhook-delivery.store.js';
import { CHORES, choresOf } from './chores.js';
import { RunRetention } from './run-retention.js';
import { Housekeeping } from './housekeeping.js';

/** Keeps the store from growing forever, in the service as in a host application. */
@Module({
  imports: [LockingModule],
  providers: [
    {
      provide: CHORES,
      inject: [
        RunStore,
        EventStore,
        IdempotencyStore,
        StatsStore,
        AuditRetention,
        WebhookDeliveryStore,
        NotificationStore,
        NotificationDeliveryStore,
      ],
      useFactory: choresOf,
    },
    RunRetention,
    Housekeeping,
  ],
  exports: [Housekeeping],
})
export class HousekeepingModule {}
