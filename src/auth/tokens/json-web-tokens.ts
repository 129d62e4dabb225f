import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { TokenVerifier } from '../token-verifier.js';

/**
 * Passes a token to the verifier for its kind of key. The algorithm that the token names only selects one of the two:
 * each has its own keys and accepts only its own algorithms.
 */
export class JsonWebTokens extends TokenVerifier {
  constructor(
    private readonly bySecret: TokenVerifier | null,
    private readonly byKeySet: TokenVerifier | null,
  ) {
    super();
  }

  async verify(token: string): Promise<Caller> {
    const { alg, crit }: { alg?: unknown; crit?: unknown } = headerOf(token);
    // RFC 7515: critical headers that nobody here understands make the token invalid.
    const isKnown = crit === undefined && typeof alg === 'string';
    const verifier = !isKnown ? null : alg.startsWith('HS') ? this.bySecret : this.byKeySet;
    if (!verifier) throw new UnauthenticatedError('The token is not signed in a way that this service accepts.', true);
    return verifier.verify(token);
  }
}

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new UnauthenticatedError('The token is not a JSON Web Token.', true);
  }
}
