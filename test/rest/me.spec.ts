import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { NOON, RestWorld, SECRET } from './rest-world.js';

const DAY_MS = 86_400_000;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({ rates: { requestsPerMinute: 1234, failuresPerMinute: 1000 } });
});
afterAll(() => world.stop());

const tokenUntil = (exp: number): Promise<string> =>
  new SignJWT({ org: 'acme', roles: ['viewer'], exp })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('me')
    .sign(new TextEncoder().encode(SECRET));

const as = (token: string) => world.ask('GET /v1/me', { headers: { authorization: `Bearer ${token}` } });

describe('GET /v1/me', () => {
  it('tells what the service offers: limits, how long things are kept, and what its instances can do', async () => {
    const { status, body } = await world.ask('GET /v1/me', { as: 'viewer' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ subject: 'tester', organization: 'acme', roles: ['viewer'], apiKey: null },
      limits: { pageSize: 200, batch: 1000, bodyBytes: 1_048_576, requestsPerMinute: 1234 },
      retention: { runsDays: 30, eventsDays: 7, auditDays: 365, figuresDays: 2 },
      actions: ['event', 'http', 'noop', 'test-flow'],
      handlers: [],
      triggerTypes: ['cron', 'interval', 'once', 'rrule', 'event', 'manual'],
      features: { email: false, tracing: false },
    });
  });

  it('tells until when a token or key is good', async () => {
    const exp = (NOON + DAY_MS) / 1000;
    expect((await as(await tokenUntil(exp))).body).toMatchObject({ expiresAt: '2027-02-01T12:00:00.000Z' });
    const expiresAt = '2027-06-01T00:00:00.000Z';
    const { text } = await world.ask('POST /v1/api-keys', { body: { name: 'ci', roles: ['viewer'], expiresAt } });
    const { key } = JSON.parse(text) as { key: string };
    expect((await as(key)).body).toMatchObject({ expiresAt, apiKey: expect.any(String) });
  });

  it('answers where a token is good for longer than there are dates', async () => {
    const answer = await as(await tokenUntil(1e300));
    expect(answer).toMatchObject({ status: 200, body: { expiresAt: '+275760-09-13T00:00:00.000Z' } });
  });
});
