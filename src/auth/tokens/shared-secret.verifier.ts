import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { boundedCache } from '../../domain/bounded-cache.js';
import type { Clock } from '../../clock/clock.js';
import type { AuthOptions } from '../auth-options.js';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { TokenVerifier } from '../token-verifier.js';
import { callerFrom, CLOCK_TOLERANCE_S } from './claims.js';

const MOST_KNOWN = 1000;

/** Verifies tokens signed with the secret that the service shares with the token issuer (HS256 only). */
export class SharedSecretVerifier extends TokenVerifier {
  private readonly jwt: JwtService;
  /** The claims of valid tokens: apart from expiry, a valid token stays valid. */
  private readonly known = boundedCache<object>(MOST_KNOWN);

  constructor(
    secret: string,
    private readonly options: Pick<AuthOptions, 'issuer' | 'audience'>,
    private readonly clock: Clock,
  ) {
    super();
    // As a key from the start: with a text, each verification would first try it as a public key.
    this.jwt = new JwtService({ secret: createSecretKey(Buffer.from(secret)) });
  }

  async verify(token: string): Promise<Caller> {
    const now = this.clock.now();
    const claims = this.known.get(token) ?? (await this.signedClaims(token, now));
    const caller = callerFrom(claims, now);
    this.known.set(token, claims);
    return caller;
  }

  private async signedClaims(token: string, now: number): Promise<object> {
    const { issuer, audience } = this.options;
    try {
      return await this.jwt.verifyAsync<Record<string, unknown>>(token, {
        algorithms: ['HS256'],
        clockTimestamp: Math.floor(now / 1000),
        clockTolerance: CLOCK_TOLERANCE_S,
        ...(issuer !== null && { issuer }),
        ...(audience !== null && { audience }),
      });
    } catch (error) {
      throw new UnauthenticatedError(sentenceOf(error), true);
    }
  }
}

function sentenceOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'TokenExpiredError') return 'The token has expired.';
  if (name === 'NotBeforeError') return 'The token is not valid yet.';
  if (/issuer|audience/.test(message)) return 'The token was issued by or for somebody else.';
  return 'The token is not a valid HS256 token of this service.';
}
