import type { Caller } from './caller.js';

/** Turns a bearer token into its caller. Also the injection token. */
export abstract class TokenVerifier {
  /** Rejects with an `UnauthenticatedError` when the token is not good. */
  abstract verify(token: string): Promise<Caller>;
}
