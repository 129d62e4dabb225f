import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { AuditMetrics } from './audit-metrics.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';
import { RunMetrics } from './run-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { OverdueMetrics } from './overdue-metrics.js';
import { TaskMetrics } from './task-metrics.js';

/** Health and figures of the instance. */
@Module({})
export class ObservabilityModule {
  /** `imports` must hold the module that exports the engine's services and stores. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ObservabilityModule,
      imports,
      controllers: [HealthController, MetricsController],
      providers: [Readiness, RunMetrics, EngineMetrics, TaskMetrics, OverdueMetrics, AuditMetrics],
    };
  }
}
