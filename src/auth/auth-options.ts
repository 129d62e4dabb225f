/** What tokens must be signed by and claim. Also the injection token. */
export abstract class AuthOptions {
  /** The HS256 secret. */
  abstract readonly secret: string;
  /** The `iss` that tokens must claim; null accepts any. */
  abstract readonly issuer: string | null;
  /** The `aud` that tokens must claim; null accepts any. */
  abstract readonly audience: string | null;
}
