import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import type { AuthOptions } from './auth/auth-options.js';
import { HousekeepingModule } from './housekeeping/housekeeping.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RestModule } from './rest/rest.module.js';
import { StatsModule } from './stats/stats.module.js';
import type { RetentionSettings } from './settings/settings.js';

/** The service: the engine, and everything through which it is reached and watched. */
@Module({})
export class AppModule {
  /** `engine` is what `TaskRunnerModule.forRoot` made. */
  static forRoot(engine: DynamicModule, auth: AuthOptions, retention: RetentionSettings): DynamicModule {
    const stats = StatsModule.forRoot([engine]);
    const authentication = AuthModule.forRoot(auth, [engine]);
    return {
      module: AppModule,
      imports: [
        engine,
        authentication,
        stats,
        RestModule.forRoot([engine, authentication, stats]),
        ObservabilityModule.forRoot([engine]),
        HousekeepingModule.forRoot(retention, [engine]),
      ],
    };
  }
}
