import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditRetention } from '../audit/audit-retention.js';
import { IdempotencyStore } from '../rest/idempotency.store.js';
import { RunStore } from '../scheduling/run.store.js';
import type { RetentionSettings } from '../settings/settings.js';
import { StatsStore } from '../stats/stats.store.js';
import { EventStore } from '../triggers/event.store.js';
import { CHORES, choresOf } from './chores.js';
import { Housekeeping } from './housekeeping.js';

/** Keeps the store from growing forever. Part of the service only: a host application has a scheduler of its own. */
@Module({})
export class HousekeepingModule {
  /** `imports` must hold the module that exports the engine's lock and stores. */
  static forRoot(retention: RetentionSettings, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: HousekeepingModule,
      imports: [...imports, ScheduleModule.forRoot({ cronJobs: false, timeouts: false })],
      providers: [
        {
          provide: CHORES,
          inject: [RunStore, EventStore, IdempotencyStore, StatsStore, AuditRetention],
          useFactory: (...stores: [RunStore, EventStore, IdempotencyStore, StatsStore, AuditRetention]) =>
            choresOf(retention, ...stores),
        },
        Housekeeping,
      ],
    };
  }
}
