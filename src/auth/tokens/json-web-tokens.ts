import { decodeProtectedHeader } from 'jose';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { TokenVerifier } from '../token-verifier.js';

/**
 * Hands a token to the verifier for its kind of key. The algorithm that the token names only chooses among the two:
 * each of them has its own keys and accepts its own algorithms alone.
 */
export class JsonWebTokens extends TokenVerifier {
  constructor(
    private readonly bySecret: TokenVerifier | null,
    private readonly byKeySet: TokenVerifier | null,
  ) {
    super();
  }

  async verify(token: string): Promise<Caller> {
    const verifier = algorithmOf(token).startsWith('HS') ? this.bySecret : this.byKeySet;
    if (!verifier) throw new UnauthenticatedError('The token is not signed in a way that this service accepts.', true);
    return verifier.verify(token);
  }
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? '';
  } catch {
    throw new UnauthenticatedError('The token is not a JSON Web Token.', true);
  }
}
