import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeysUnavailableError, UnauthenticatedError } from '../../src/auth/auth-errors.js';
import { KeySet } from '../../src/auth/tokens/key-set.js';
import { KeySetVerifier } from '../../src/auth/tokens/key-set.verifier.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { IdentityProvider } from './identity-provider.js';

const NOW = Date.parse('2027-01-31T12:00:00.000Z');
const CLAIMS = { sub: 'me', org: 'acme', roles: ['editor'], exp: NOW / 1000 + 86_400 };

let provider: IdentityProvider;
let clock: SettableClock;
let verifier: KeySetVerifier;
beforeAll(() => void Logger.overrideLogger(false));
beforeEach(async () => {
  provider = await IdentityProvider.start();
  await provider.addKey('k1');
  clock = new SettableClock(NOW);
  verifier = new KeySetVerifier(new KeySet(provider.url, clock), { issuer: null, audience: null }, clock);
});
afterEach(() => provider.close());

const accepted = async (token: string) => expect(await verifier.verify(token)).toMatchObject({ subject: 'me' });
const refused = (token: string) => expect(verifier.verify(token)).rejects.toThrow(UnauthenticatedError);
const sign = (kid: string, changes: object = {}) => provider.sign(kid, { ...CLAIMS, ...changes });

describe('tokens of an identity provider', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('signed with %s are accepted', async (algorithm) => {
    await provider.addKey('k', algorithm);
    expect(await verifier.verify(await sign('k'))).toEqual({
      ...{ subject: 'me', organization: 'acme', roles: ['editor'] },
      expiresAt: CLAIMS.exp * 1000,
    });
  });

  it('cost one fetch, however many there are', async () => {
    const token = await sign('k1');
    await Promise.all(Array.from({ length: 20 }, () => accepted(token)));
    expect(provider.fetches).toBe(1);
  });

  it('are accepted under a new key at once, and not under one that was withdrawn once keys are fetched again', async () => {
    const old = await sign('k1');
    await accepted(old);
    await clock.advance(30_000);
    await provider.addKey('k2');
    provider.dropKey('k1');
    await accepted(await sign('k2'));
    expect(provider.fetches).toBe(2);
    await refused(old);
  });

  it('under unknown keys cause no flood of fetches', async () => {
    await accepted(await sign('k1'));
    await clock.advance(30_000);
    for (let i = 0; i < 20; i++) await refused(await provider.sign('k1', CLAIMS, { kid: `guess-${i}` }));
    expect(provider.fetches).toBe(2);
  });

  it('are accepted for an hour while the provider is away, then judged no more', async () => {
    await accepted(await sign('k1'));
    provider.broken = { status: 500, body: '' };
    await clock.advance(3_599_000);
    await accepted(await sign('k1'));
    await clock.advance(31_000);
    await expect(verifier.verify(await sign('k1'))).rejects.toThrow(KeysUnavailableError);
    provider.broken = null;
    await clock.advance(30_000);
    await accepted(await sign('k1'));
  });

  it.each([
    ['an error', 503, ''],
    ['a redirect', 302, ''],
    ['no JSON', 200, '<html>'],
    ['no key set', 200, '{"keys": 7}'],
    ['too much', 200, JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })],
  ])('cannot be judged while the provider answers with %s', async (_what, status, body) => {
    provider.broken = { status, body };
    await expect(verifier.verify(await sign('k1'))).rejects.toThrow(KeysUnavailableError);
    expect(provider.fetches).toBe(1);
  });

  it('must claim the issuer and the audience where they are set', async () => {
    verifier = new KeySetVerifier(new KeySet(provider.url, clock), { issuer: 'us', audience: 'runner' }, clock);
    await accepted(await sign('k1', { iss: 'us', aud: ['other', 'runner'] }));
    await refused(await sign('k1', { iss: 'them', aud: 'runner' }));
    await refused(await sign('k1', { iss: 'us', aud: 'other' }));
    await refused(await sign('k1'));
  });

  it('are good from five seconds before "nbf", and not a second after "exp"', async () => {
    await accepted(await sign('k1', { nbf: NOW / 1000 + 5 }));
    await refused(await sign('k1', { nbf: NOW / 1000 + 6 }));
    await accepted(await sign('k1', { exp: NOW / 1000 + 1 }));
    await refused(await sign('k1', { exp: NOW / 1000 }));
    await refused(await sign('k1', { exp: undefined }));
  });
});
