import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { SignInCodes } from './sign-in-codes.js';

/** What the dashboard needs of the service beside its API. */
@Module({})
export class DashboardModule {
  /** `imports` must contain the module that exports `Clock`. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: DashboardModule, imports, providers: [SignInCodes], exports: [SignInCodes] };
  }
}
