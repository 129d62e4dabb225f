import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { Clock } from '../clock/clock.js';
import { ApiKeyVerifier } from './api-keys/api-key.verifier.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuthOptions } from './auth-options.js';
import { BearerIdentification } from './bearer-identification.js';
import { guardsWith } from './guards.js';
import { Identification } from './identification.js';
import { RequestRates } from './rates/request-rates.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';
import { BearerTokens } from './tokens/bearer-tokens.js';
import { JsonWebTokens } from './tokens/json-web-tokens.js';
import { KeySet } from './tokens/key-set.js';
import { KeySetVerifier } from './tokens/key-set.verifier.js';
import { SharedSecretVerifier } from './tokens/shared-secret.verifier.js';

/** Guards every route of the application by token and role. */
@Module({})
export class AuthModule {
  /** `imports` must contain the module that exports `Clock` and the store of API keys. */
  static forRoot(options: AuthOptions, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: AuthModule,
      imports: [...imports, JwtModule.register({}), DiscoveryModule],
      providers: [
        { provide: AuthOptions, useValue: options },
        { provide: TokenVerifier, inject: [ApiKeyVerifier, Clock], useFactory: verifierOf(options) },
        ...guardsWith(options.rates),
        { provide: Identification, useClass: BearerIdentification },
        TokenIssuer,
        ApiKeyVerifier,
        ApiKeysService,
      ],
      exports: [TokenIssuer, TokenVerifier, Identification, RequestRates, ApiKeysService],
    };
  }
}

const verifierOf = (options: AuthOptions) => (apiKeys: ApiKeyVerifier, clock: Clock) =>
  new BearerTokens(apiKeys, webTokensOf(options, clock));

function webTokensOf(options: AuthOptions, clock: Clock): TokenVerifier {
  const { secret, keysUrl } = options;
  return new JsonWebTokens(
    secret === null ? null : new SharedSecretVerifier(secret, options, clock),
    keysUrl === null ? null : new KeySetVerifier(new KeySet(keysUrl, clock), options, clock),
  );
}
