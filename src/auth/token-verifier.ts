import type { Caller } from './caller.js';

/** Maps a bearer token to its caller. Also the injection token. */
export abstract class TokenVerifier {
  /** Rejects with an `UnauthenticatedError` when the token is invalid. */
  abstract verify(token: string): Promise<Caller>;
}
