import { afterEach, describe, expect, it } from '@jest/globals';
import { GENEROUS, RestWorld, type Answer } from '../rest/rest-world.js';

const MINUTE_MS = 60_000;
const BAD = { authorization: 'Bearer guess' };

let world: RestWorld;
afterEach(() => world.stop());

const asking = (headers: Record<string, string> = {}, organization = 'acme'): Promise<Answer> =>
  world.ask('GET /v1/forecast', { organization, headers });
const statuses = async (count: number, headers: Record<string, string> = {}) => {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await asking(headers)).status);
  return answers;
};

describe('a flood of requests of one organization', () => {
  it('is answered with 429 beyond its minute, and leaves other organizations alone', async () => {
    world = await RestWorld.start({ rates: { ...GENEROUS, requestsPerMinute: 3 } });
    const first = await asking();
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"requests";q=3;w=60',
      ratelimit: '"requests";r=2;t=60',
    });
    expect(await statuses(2)).toEqual([200, 200]);
    await world.clock.advance(10_000);
    const refused = await asking();
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '50', ratelimit: '"requests";r=0;t=50' });
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.body).toMatchObject({ status: 429, type: 'urn:task-runner:problem:rate-limited' });
    expect((await asking({}, 'umbrella')).status).toBe(200);
    await world.clock.advance(50_000);
    // A request that the role does not permit counts; a probe does not.
    for (const status of [403, 403, 403, 429])
      expect((await world.ask('DELETE /v1/tasks/x', { as: 'viewer' })).status).toBe(status);
    for (let i = 0; i < 5; i++) expect((await world.app.inject('/health/live')).statusCode).toBe(200);
  });
});

describe('guessing at tokens', () => {
  it('ends after some failures, under whatever address the guesser makes up: nothing from there is verified for the rest of the minute', async () => {
    world = await RestWorld.start({ rates: { ...GENEROUS, failuresPerMinute: 3 } });
    for (const [index, status] of [401, 401, 401, 429].entries()) {
      const headers = { ...BAD, 'x-forwarded-for': `192.0.2.${index}`, forwarded: `for=192.0.2.${index}` };
      expect((await asking(headers)).status).toBe(status);
    }
    const locked = await asking();
    expect(locked.status).toBe(429);
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
    await world.clock.advance(MINUTE_MS);
    expect((await asking()).status).toBe(200);
  });

  it('is told apart by client where a trusted proxy names them, of whom none can speak for another', async () => {
    const rates = { ...GENEROUS, failuresPerMinute: 3 };
    world = await RestWorld.start({ rates }, { trustProxy: ['127.0.0.0/8'] });
    const through = (client: string) => ({ 'x-forwarded-for': `198.51.100.99, ${client}` });
    expect(await statuses(4, { ...BAD, ...through('192.0.2.1') })).toEqual([401, 401, 401, 429]);
    expect((await asking(through('192.0.2.1'))).status).toBe(429);
    expect((await asking(through('192.0.2.2'))).status).toBe(200);
  });

  it('ends alike where the proxy tells the port of each connection too', async () => {
    const rates = { ...GENEROUS, failuresPerMinute: 3 };
    for (const [one, other] of [
      ['192.0.2.1', '192.0.2.2'],
      ['[2001:db8:1:2::1]', '[2001:db8:1:3::1]'],
    ]) {
      world = await RestWorld.start({ rates }, { trustProxy: ['127.0.0.0/8', '10.0.0.0/8'] });
      const through = (client: string, port: number) => ({
        'x-forwarded-for': `6.6.6.6, ${client}:${port}, 10.0.0.7:${port}`,
      });
      const seen: number[] = [];
      for (const port of [50_001, 50_002, 50_003, 50_004])
        seen.push((await asking({ ...BAD, ...through(one!, port) })).status);
      expect(seen).toEqual([401, 401, 401, 429]);
      expect((await asking(through(one!, 50_005))).status).toBe(429);
      expect((await asking(through(other!, 50_006))).status).toBe(200);
      await world.stop();
    }
    world = await RestWorld.start();
  });
});
