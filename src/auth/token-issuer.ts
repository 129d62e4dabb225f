import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../clock/clock.js';
import { AuthOptions } from './auth-options.js';
import type { Caller } from './caller.js';

/** Signs tokens with the service's own secret, for first steps and tests. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly clock: Clock,
    private readonly options: AuthOptions,
  ) {}

  /** A token for the caller, valid for `lifeMs` from now; null when only an identity provider issues tokens. */
  async issue({ subject, organization, roles, installation }: Caller, lifeMs: number): Promise<string | null> {
    const { secret, issuer, audience } = this.options;
    if (secret === null) return null;
    const now = Math.floor(this.clock.now() / 1000);
    const claims = {
      ...{ sub: subject, org: organization, roles, iat: now, exp: now + Math.floor(lifeMs / 1000) },
      ...(installation === true && { installation: 'admin' }),
    };
    return this.jwt.signAsync(
      { ...claims, ...(issuer !== null && { iss: issuer }), ...(audience !== null && { aud: audience }) },
      { secret, algorithm: 'HS256' },
    );
  }
}
