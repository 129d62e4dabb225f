import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { OBSERVABILITY_CONTROLLERS } from './controllers.js';
import { KeyWatch } from './key-watch.js';
import { METRICS } from './metrics/metrics.providers.js';
import { Readiness } from './readiness.js';
import { StoreWatch } from './store-watch.js';

/** Health and metrics of the instance. */
@Module({})
export class ObservabilityModule {
  /** `imports` must contain the module that exports the engine's services and stores. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ObservabilityModule,
      imports,
      controllers: OBSERVABILITY_CONTROLLERS,
      providers: [StoreWatch, KeyWatch, Readiness, ...METRICS],
    };
  }
}
