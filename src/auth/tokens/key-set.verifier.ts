import { errors, jwtVerify } from 'jose';
import type { Clock } from '../../clock/clock.js';
import type { AuthOptions } from '../auth-options.js';
import { KeysUnavailableError, UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { TokenVerifier } from '../token-verifier.js';
import { callerFrom, CLOCK_TOLERANCE_S } from './claims.js';
import type { KeySet } from './key-set.js';

/** Only signatures by a private key: none by a shared secret, and not "none". */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Verifies tokens that an identity provider signed with a private key, with the public keys that it publishes. */
export class KeySetVerifier extends TokenVerifier {
  constructor(
    private readonly keys: KeySet,
    private readonly options: Pick<AuthOptions, 'issuer' | 'audience'>,
    private readonly clock: Clock,
  ) {
    super();
  }

  async verify(token: string): Promise<Caller> {
    const now = this.clock.now();
    return callerFrom(await this.signedClaims(token, now), now);
  }

  private async signedClaims(token: string, now: number): Promise<unknown> {
    const { issuer, audience } = this.options;
    try {
      const { payload } = await jwtVerify(token, (header, parts) => this.keys.keyFor(header, parts), {
        algorithms: ALGORITHMS,
        currentDate: new Date(now),
        clockTolerance: CLOCK_TOLERANCE_S,
        ...(issuer !== null && { issuer }),
        ...(audience !== null && { audience }),
      });
      return payload;
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      throw new UnauthenticatedError(sentenceOf(error), true);
    }
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_SENTENCES[error.claim] ?? OTHERS;
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed by a key that the issuer does not publish.';
  return 'The token is not one that the issuer has signed.';
}

const OTHERS = 'The token was issued by or for somebody else.';
const CLAIM_SENTENCES: Record<string, string> = { nbf: 'The token is not valid yet.' };
