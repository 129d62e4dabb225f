import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeEach(async () => {
  world = await RestWorld.start({}, {}, { tasks: 100 });
});
afterEach(() => world.stop());

const ask = (method: string, body?: unknown, headers: Record<string, string> = {}) =>
  world.ask(`${method} /v1/installation/settings`, { body, headers, installation: true });

describe('/v1/installation/settings', () => {
  it('shows what counts and where it comes from, and what was put from then on', async () => {
    const before = await ask('GET');
    expect(before).toMatchObject({ status: 200, headers: { etag: expect.stringContaining('"0"') } });
    expect(before.body).toMatchObject({ settings: {}, version: 0, changedAt: null, changedBy: null });
    expect(before.body.effective).toMatchObject({
      concurrency: { value: 1000, origin: 'default' },
      'quotas.tasks': { value: 100, origin: 'environment' },
      'quotas.startsPerMinute': { value: null, origin: 'default' },
      rateLimitPerMinute: { origin: 'environment' },
    });
    const settings = { concurrency: 7, quotas: { tasks: 3 }, retention: { runsDays: 2 } };
    const answer = await ask('PUT', settings);
    expect(answer).toMatchObject({ status: 200, body: { settings, version: 1, changedBy: 'tester' } });
    expect(answer.body.effective).toMatchObject({
      concurrency: { value: 7, origin: 'settings' },
      'quotas.tasks': { value: 3, origin: 'settings' },
      'retention.runsDays': { value: 2, origin: 'settings' },
    });
    expect((await ask('GET')).body).toEqual(answer.body);
    expect((await ask('GET', undefined, { 'if-none-match': answer.headers['etag'] as string })).status).toBe(304);
  });

  it('counts at once: the ceiling of a quota, and the rate of requests', async () => {
    for (let count = 0; count < 2; count++) await world.task();
    await ask('PUT', { quotas: { tasks: 2 }, rateLimitPerMinute: 50 });
    await world.clock.advance(1100);
    const refused = await world.ask('POST /v1/tasks', { body: { name: 'third', triggers: [{ type: 'manual' }], action: { type: 'noop' } } }); // prettier-ignore
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('(2)') } });
    const answers = [];
    for (let count = 0; count < 60; count++)
      answers.push((await world.ask('GET /v1/tasks', { organization: 'busy' })).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(50);
    await ask('PATCH', { rateLimitPerMinute: null });
    expect((await world.ask('GET /v1/tasks', { organization: 'busy' })).status).toBe(200);
  });

  it('changes a part by a patch, and leaves the rest', async () => {
    await ask('PUT', { concurrency: 7, retention: { runsDays: 2, eventsDays: 2 } });
    const patched = await ask('PATCH', {
      concurrency: null,
      retention: { eventsDays: null },
      paused: { reason: 'fire' },
    });
    expect(patched.body.settings).toEqual({ retention: { runsDays: 2 }, paused: { reason: 'fire' } });
    expect((await ask('PATCH', { paused: null })).body.settings).toEqual({ retention: { runsDays: 2 } });
  });

  it('refuses a change of another version than the one that was read', async () => {
    const { headers } = await ask('PUT', {});
    expect((await ask('PUT', {}, { 'if-match': '"77"' })).status).toBe(412);
    expect((await ask('PATCH', {}, { 'if-match': headers['etag'] as string })).status).toBe(200);
    expect((await ask('PATCH', {}, { 'if-match': headers['etag'] as string })).status).toBe(412);
  });

  it.each([
    [{ concurency: 5 }, '/concurency', 'is not a known member'],
    [{ concurrency: 0 }, '/concurrency', 'expected number to be >=1'],
    [{ concurrency: '5' }, '/concurrency', 'expected number'],
    [{ concurrency: 1001 }, '/concurrency', 'must be at most 1000, which the environment of this instance allows'],
    [{ quotas: { tasks: 101 } }, '/quotas/tasks', 'must be at most 100, which the environment of this instance allows'],
    [{ retention: { runsDays: 31 } }, '/retention/runsDays', 'must be at most 30'],
    [{ logLevel: 'loud' }, '/logLevel', ''],
    [{ paused: true }, '/paused', ''],
    [{ paused: { reason: ' ' } }, '/paused/reason', ''],
    [[], '', ''],
  ])('refuses %j and stores nothing', async (body, pointer, detail) => {
    for (const method of ['PUT', 'PATCH']) {
      const answer = await ask(method, body);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.body.errors[0]).toMatchObject({ pointer, detail: expect.stringContaining(detail) });
    }
    expect((await ask('GET')).body.version).toBe(0);
  });

  it('stands in a trail of the installation, with what it was before, and in none of an organization', async () => {
    await ask('PUT', { concurrency: 7 });
    await ask('PATCH', { concurrency: 9 });
    const trail = (line: string) => world.ask(`GET /v1/installation/audit${line}`, { installation: true });
    const { items } = (await trail('?limit=1')).body;
    expect(items).toMatchObject([
      {
        sequence: 2,
        action: 'installation.settings.replaced',
        actor: { id: 'tester' },
        before: { concurrency: 7 },
        after: { concurrency: 9 },
      },
    ]);
    expect((await trail('/verify')).body).toMatchObject({ valid: true, checked: 2 });
    const own = (await world.ask('GET /v1/audit')).body.items as unknown as { action: string }[];
    expect(own.filter(({ action }) => action.startsWith('installation'))).toEqual([]);
  });
});
