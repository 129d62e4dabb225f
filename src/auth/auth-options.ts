import type { RateOptions } from './rates/request-rates.js';

/**
 * How tokens must be signed and what they must claim; at least one of `secret` and `keysUrl` is set. Also the injection
 * token.
 */
export abstract class AuthOptions {
  /** The HS256 secret; null when only an identity provider signs tokens. */
  abstract readonly secret: string | null;
  /** The URL of an identity provider's public keys (a JSON Web Key Set); null for none. */
  abstract readonly keysUrl: string | null;
  /** The `iss` that tokens must claim; null accepts any. */
  abstract readonly issuer: string | null;
  /** The `aud` that tokens must claim; null accepts any. */
  abstract readonly audience: string | null;
  /** Limits on requests of organizations, and on failures of addresses. */
  abstract readonly rates: RateOptions;
}
