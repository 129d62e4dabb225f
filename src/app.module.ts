import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import type { AuthOptions } from './auth/auth-options.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RestModule } from './rest/rest.module.js';

/** The service: the engine, and everything through which it is reached and watched. */
@Module({})
export class AppModule {
  /** `engine` is what `TaskRunnerModule.forRoot` made. */
  static forRoot(engine: DynamicModule, auth: AuthOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        engine,
        AuthModule.forRoot(auth, [engine]),
        RestModule.forRoot([engine]),
        ObservabilityModule.forRoot([engine]),
      ],
    };
  }
}
