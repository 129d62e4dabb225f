import type { RateOptions } from './rates/request-rates.js';

/** What tokens must be signed by and claim; at least one of `secret` and `keysUrl` is there. Also the injection token. */
export abstract class AuthOptions {
  /** The HS256 secret; null where tokens are signed by an identity provider alone. */
  abstract readonly secret: string | null;
  /** Where the public keys of an identity provider are (a JSON Web Key Set); null for none. */
  abstract readonly keysUrl: string | null;
  /** The `iss` that tokens must claim; null accepts any. */
  abstract readonly issuer: string | null;
  /** The `aud` that tokens must claim; null accepts any. */
  abstract readonly audience: string | null;
  /** How often organizations may ask, and addresses fail. */
  abstract readonly rates: RateOptions;
}
