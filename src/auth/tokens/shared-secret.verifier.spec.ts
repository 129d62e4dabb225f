import { describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { SettableClock } from '../../clock/settable-clock.js';
import { SharedSecretVerifier } from './shared-secret.verifier.js';

const SECRET = 's'.repeat(32);
const NOW = Date.UTC(2027, 0, 4);

const signed = (claims: object, secret = SECRET): string => new JwtService({ secret }).sign({ iat: 0, ...claims });

describe('SharedSecretVerifier', () => {
  it('refuses a token that it knows from the second in which it expires', async () => {
    const clock = new SettableClock(NOW);
    const verifier = new SharedSecretVerifier(SECRET, { issuer: null, audience: null }, clock);
    const token = signed({ sub: 'eve', org: 'acme', roles: ['viewer'], exp: NOW / 1000 + 60 });
    const caller = { subject: 'eve', organization: 'acme', roles: ['viewer'], expiresAt: NOW + 60_000 };
    expect(await verifier.verify(token)).toEqual(caller);
    await clock.advance(59_999);
    expect(await verifier.verify(token)).toEqual(caller);
    await clock.advance(1);
    await expect(verifier.verify(token)).rejects.toThrow('The token has expired.');
  });

  it('takes nobody else’s signature for one that it knows', async () => {
    const verifier = new SharedSecretVerifier(SECRET, { issuer: null, audience: null }, new SettableClock(NOW));
    const token = signed({ sub: 'eve', org: 'acme', exp: NOW / 1000 + 60 });
    await verifier.verify(token);
    const [header, claims] = token.split('.');
    const forged = signed({ sub: 'eve', org: 'acme', exp: NOW / 1000 + 60 }, 'x'.repeat(32));
    await expect(verifier.verify(forged)).rejects.toThrow('not a valid HS256 token');
    await expect(verifier.verify(`${header}.${claims}.`)).rejects.toThrow('not a valid HS256 token');
  });
});
