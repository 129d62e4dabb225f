import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AuthOptions } from './auth-options.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { RolesGuard } from './roles.guard.js';
import { RouteRules } from './route-rules.js';
import { SharedSecretVerifier } from './shared-secret.verifier.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

/** Guards every route of the application by token and role. */
@Module({})
export class AuthModule {
  /** `imports` must hold the module that exports `Clock`. */
  static forRoot(options: AuthOptions, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AuthModule,
      imports: [...imports, JwtModule.register({}), DiscoveryModule],
      providers: [
        { provide: AuthOptions, useValue: options },
        { provide: TokenVerifier, useClass: SharedSecretVerifier },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: RolesGuard },
        TokenIssuer,
        RouteRules,
      ],
      exports: [TokenIssuer],
    };
  }
}
