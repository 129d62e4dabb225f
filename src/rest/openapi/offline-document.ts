import { Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service.js';
import { ApiKeysService } from '../../auth/api-keys/api-keys.service.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { ExplainService } from '../../explain/explain.service.js';
import { LedgerService } from '../../ledger/ledger.service.js';
import { HealthController } from '../../observability/health.controller.js';
import { MetricsController } from '../../observability/metrics.controller.js';
import { Readiness } from '../../observability/readiness.js';
import { RunMetrics } from '../../observability/run-metrics.js';
import { GrantsService } from '../../organizations/grants.service.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { ForecastService } from '../../scheduling/forecast.service.js';
import { BackfillService } from '../../rerun/backfill.service.js';
import { RedriveService } from '../../rerun/redrive.service.js';
import { RunsService } from '../../scheduling/runs.service.js';
import { TasksService } from '../../scheduling/tasks.service.js';
import { StatsService } from '../../stats/stats.service.js';
import { EventsService } from '../../triggers/events.service.js';
import { httpDefaults } from '../../settings/load-settings.js';
import { AuditController } from '../audit.controller.js';
import { AuditExport } from '../audit-export.js';
import { ForecastController } from '../forecast.controller.js';
import { ApiKeysController } from '../api-keys.controller.js';
import { createHttpAdapter } from '../http-adapter.js';
import { InstallationController } from '../installation.controller.js';
import { InstancesController } from '../instances.controller.js';
import { LedgerController } from '../ledger.controller.js';
import { MeasuredPages } from '../measured-pages.js';
import { PreviewService } from '../preview.service.js';
import { RunLogService } from '../run-log/run-log.service.js';
import { RerunController } from '../rerun.controller.js';
import { RunsController } from '../runs.controller.js';
import { SettingsController } from '../settings.controller.js';
import { StatsController } from '../stats.controller.js';
import { TasksController } from '../tasks.controller.js';
import { TriggersController } from '../triggers.controller.js';
import { openApiDocument } from './document.js';

/** What the controllers ask for; a document needs none of it to work. */
const NEEDED = [
  ...[TasksService, LedgerService, RunsService, EventsService, PreviewService, RunLogService],
  ...[
    ApiKeysService,
    BackfillService,
    RedriveService,
    ExplainService,
    ForecastService,
    InstanceRegistry,
    SettingsService,
    GrantsService,
    StatsService,
    Readiness,
    RunMetrics,
    AuditService,
    AuditExport,
    MeasuredPages,
  ],
];

@Module({
  controllers: [
    ...[TasksController, LedgerController, RunsController, TriggersController, InstancesController],
    ...[
      SettingsController,
      InstallationController,
      ApiKeysController,
      ForecastController,
      StatsController,
      AuditController,
      RerunController,
      HealthController,
      MetricsController,
    ],
  ],
  providers: NEEDED.map((provide): Provider => ({ provide, useValue: {} })),
})
class DocumentedModule {}

/** The OpenAPI document, made without a store, a port or any setting. */
export async function offlineDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create<NestFastifyApplication>(DocumentedModule, createHttpAdapter(httpDefaults()), {
    logger: false,
    // A provider that is missing here would end the process without a word.
    abortOnError: false,
  });
  try {
    return openApiDocument(app);
  } finally {
    await app.close();
  }
}
