import { Injectable } from '@nestjs/common';
import { JwtService, type JwtVerifyOptions } from '@nestjs/jwt';
import { z } from 'zod';
import { Clock } from '../clock/clock.js';
import { AuthOptions } from './auth-options.js';
import { UnauthenticatedError } from './auth-errors.js';
import type { Caller } from './caller.js';
import { isRole } from './roles.js';
import { TokenVerifier } from './token-verifier.js';

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  org: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  roles: z.array(z.unknown()).default([]),
  exp: z.number(),
});

/** Verifies tokens signed by the secret that the service shares with whoever issues them (HS256 only). */
@Injectable()
export class SharedSecretVerifier extends TokenVerifier {
  constructor(
    private readonly jwt: JwtService,
    private readonly clock: Clock,
    private readonly options: AuthOptions,
  ) {
    super();
  }

  async verify(token: string): Promise<Caller> {
    const claims = claimsSchema.safeParse(await this.signedClaims(token));
    if (!claims.success)
      throw new UnauthenticatedError('The token lacks a usable "sub", "org", "roles" or "exp".', true);
    const { sub, org, roles } = claims.data;
    return { subject: sub, organization: org, roles: roles.filter(isRole) };
  }

  private async signedClaims(token: string): Promise<unknown> {
    try {
      return await this.jwt.verifyAsync<Record<string, unknown>>(token, this.rules());
    } catch (error) {
      throw new UnauthenticatedError(sentenceOf(error), true);
    }
  }

  private rules(): JwtVerifyOptions {
    const { secret, issuer, audience } = this.options;
    return {
      secret,
      algorithms: ['HS256'],
      clockTimestamp: Math.floor(this.clock.now() / 1000),
      ...(issuer !== null && { issuer }),
      ...(audience !== null && { audience }),
    };
  }
}

function sentenceOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'TokenExpiredError') return 'The token has expired.';
  if (name === 'NotBeforeError') return 'The token is not valid yet.';
  if (/issuer|audience/.test(message)) return 'The token was issued by or for somebody else.';
  return 'The token is not a valid HS256 token of this service.';
}
