import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IdentityProvider } from '../auth/identity-provider.js';
import { NOON, RestWorld, SECRET } from '../rest/rest-world.js';

const CLAIMS = { sub: 'me', org: 'acme', roles: ['admin'], exp: NOON / 1000 + 3600 };

let provider: IdentityProvider;
let world: RestWorld;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  await provider.addKey('k1', 'RS256');
  world = await RestWorld.start({ keysUrl: provider.url });
});
afterAll(async () => {
  await world.stop();
  await provider.close();
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const byHmac = (header: object, secret: string | Buffer, claims: unknown = CLAIMS) => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const status = async (token: string) =>
  (await world.ask('GET /v1/settings', { headers: { authorization: `Bearer ${token}` } })).status;
const published = () => provider.published()[0] as { n: string; e: string };

describe('a forged token', () => {
  it('is not what its makers are refused for: those of both kinds of keys pass', async () => {
    expect(await status(await provider.sign('k1', CLAIMS))).toBe(200);
    expect(await status(byHmac({ alg: 'HS256' }, SECRET))).toBe(200);
  });

  it('that takes a public key for a secret opens nothing', async () => {
    const key = createPublicKey({ key: { kty: 'RSA', ...published() }, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' });
    const der = key.export({ type: 'spki', format: 'der' });
    for (const secret of [pem, der, JSON.stringify(published()), published().n]) {
      for (const header of [{ alg: 'HS256', kid: 'k1' }, { alg: 'HS256' }])
        expect(await status(byHmac(header, secret))).toBe(401);
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS512', 'HS256 ', 7, null, { toString: 1 }, true])(
    'of the algorithm %j opens nothing',
    async (alg) => {
      const text = `${part({ alg, kid: 'k1' })}.${part(CLAIMS)}`;
      for (const signature of ['', createHmac('sha256', SECRET).update(text).digest('base64url')])
        expect(await status(`${text}.${signature}`)).toBe(401);
    },
  );

  it.each([
    '../../../../dev/null',
    '/dev/null',
    "' UNION SELECT 'x",
    '| whoami',
    '\u0000',
    '__proto__',
    'k1\u0000',
    'x'.repeat(5000),
  ])('of the key id %j opens nothing, however it is signed', async (kid) => {
    for (const secret of ['', '\0', 'x']) expect(await status(byHmac({ alg: 'HS256', kid }, secret))).toBe(401);
    expect(await status(await provider.sign('k1', CLAIMS, { kid }))).toBe(401);
  });

  it('that brings its own key, or names where to fetch one, opens nothing and has nothing fetched', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' });
    const fetches = provider.fetches;
    for (const kid of ['k1', undefined]) {
      const header = {
        alg: 'RS256',
        kid,
        jwk,
        jku: `${provider.url}/evil`,
        x5u: `${provider.url}/evil`,
        x5c: ['MIIB'],
      };
      const text = `${part(header)}.${part(CLAIMS)}`;
      expect(await status(`${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`)).toBe(401);
    }
    expect(provider.target.requests.slice(fetches).filter(({ path }) => path.includes('evil'))).toEqual([]);
  });

  it('with a critical extension that nobody knows opens nothing', async () => {
    expect(await status(byHmac({ alg: 'HS256', crit: ['x'], x: 1, b64: false }, SECRET))).toBe(401);
  });

  it.each([
    ['roles that are no list', { roles: 'admin' }, 401],
    ['roles within a list', { roles: [['admin']] }, 403],
    ['roles as members', { roles: { 0: 'admin', length: 1 } }, 401],
    ['a role under another name', { role: 'admin', roles: [] }, 403],
    ['roles in capitals', { roles: ['ADMIN', ' admin', 'admin\u0000'] }, 403],
    ['an organization that is a list', { org: ['acme', 'umbrella'] }, 401],
    ['an organization that is an operator', { org: { $ne: null } }, 401],
    ['a subject that is an object', { sub: { toString: 'x' } }, 401],
    ['an end beyond all numbers', { exp: '9999999999' }, 401],
  ])('with %s raises nobody', async (_what, claims, expected) => {
    expect(await status(byHmac({ alg: 'HS256' }, SECRET, { ...CLAIMS, ...claims }))).toBe(expected);
  });
});
