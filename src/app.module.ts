import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import type { AuthOptions } from './auth/auth-options.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RestModule } from './rest/rest.module.js';
import { OccurrencesModule } from './occurrences/occurrences.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { StatsModule } from './stats/stats.module.js';

/** The service: the engine, and everything through which clients reach and watch it. */
@Module({})
export class AppModule {
  /**
   * `engine` is the module from `TaskRunnerModule.forRoot` or `RunnerModule.forRootAsync`; `publicUrl` the address of the
   * API as callers outside see it, if it is configured.
   */
  static forRoot(engine: DynamicModule, auth: AuthOptions, publicUrl: string | null = null): DynamicModule {
    const stats = StatsModule.forRoot([engine]);
    const occurrences = OccurrencesModule.forRoot([engine]);
    const overview = OverviewModule.forRoot([engine]);
    const authentication = AuthModule.forRoot(auth, [engine]);
    return {
      module: AppModule,
      imports: [
        engine,
        authentication,
        stats,
        occurrences,
        overview,
        RestModule.forRoot([engine, authentication, stats, occurrences, overview], { publicUrl }),
        ObservabilityModule.forRoot([engine]),
        DashboardModule.forRoot([engine]),
      ],
    };
  }
}
