import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { ActorInterceptor } from './actor.interceptor.js';
import { AnswerRoom } from './answer-room.interceptor.js';
import { AuditExport } from './audit-export.js';
import { AuditController } from './audit.controller.js';
import { BodyQuota } from './body-quota.interceptor.js';
import { ForecastController } from './forecast.controller.js';
import { ApiKeysController } from './api-keys.controller.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { InstallationController } from './installation.controller.js';
import { InstancesController } from './instances.controller.js';
import { LedgerController } from './ledger.controller.js';
import { MeasuredPages } from './measured-pages.js';
import { PreviewService } from './preview.service.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { RerunController } from './rerun.controller.js';
import { ResourceHeaders } from './resource-headers.interceptor.js';
import { RunLogService } from './run-log/run-log.service.js';
import { RunsController } from './runs.controller.js';
import { SettingsController } from './settings.controller.js';
import { StatsController } from './stats.controller.js';
import { TasksController } from './tasks.controller.js';
import { TriggersController } from './triggers.controller.js';

/** The HTTP API. */
@Module({})
export class RestModule {
  /** `imports` must hold the module that exports the engine's services. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: RestModule,
      imports,
      controllers: [
        TasksController,
        LedgerController,
        RunsController,
        RerunController,
        TriggersController,
        InstancesController,
        SettingsController,
        InstallationController,
        ApiKeysController,
        ForecastController,
        StatsController,
        AuditController,
      ],
      providers: [
        PreviewService,
        MeasuredPages,
        AuditExport,
        RunLogService,
        IdempotencyService,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: AnswerRoom },
        { provide: APP_INTERCEPTOR, useClass: BodyQuota },
        { provide: APP_INTERCEPTOR, useClass: ActorInterceptor },
        // The first is outside of the second: it keeps the headers that the second adds.
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useClass: ResourceHeaders },
      ],
    };
  }
}
