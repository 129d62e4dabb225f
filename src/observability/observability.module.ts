import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { AuditMetrics } from './audit-metrics.js';
import { OBSERVABILITY_CONTROLLERS } from './controllers.js';
import { EventMetrics } from './event-metrics.js';
import { HookMetrics } from './hook-metrics.js';
import { Readiness } from './readiness.js';
import { RunMetrics } from './run-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { OutboxMetrics } from './outbox-metrics.js';
import { OverdueMetrics } from './overdue-metrics.js';
import { QueueMetrics } from './queue-metrics.js';
import { StoreWatch } from './store-watch.js';
import { TaskMetrics } from './task-metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** Health and metrics of the instance. */
@Module({})
export class ObservabilityModule {
  /** `imports` must contain the module that exports the engine's services and stores. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ObservabilityModule,
      imports,
      controllers: OBSERVABILITY_CONTROLLERS,
      providers: [
        StoreWatch,
        Readiness,
        RunMetrics,
        EventMetrics,
        EngineMetrics,
        QueueMetrics,
        TaskMetrics,
        OverdueMetrics,
        AuditMetrics,
        HookMetrics,
        OutboxMetrics,
        WebhookMetrics,
      ],
    };
  }
}
