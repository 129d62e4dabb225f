import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({}, {}, { tasks: 3 });
});
afterAll(() => world.stop());

const set = (organization: string, quotas: object) => world.ask('PUT /v1/settings', { organization, body: { quotas } });

describe('a quota', () => {
  it('of the service holds for every organization, one by one and in bulk', async () => {
    await world.task();
    const tasks = [taskBody(), { name: '' }, taskBody(), taskBody()];
    const batch = await world.ask('POST /v1/tasks/batch', { body: { tasks } });
    expect(batch.body.results.map(({ status }) => status)).toEqual([201, 400, 201, 400]);
    expect(JSON.stringify(batch.body.results[3])).toMatch(/"pointer":"\/tasks\/3".*quota allows \(3\)/);
    const refused = await world.ask('POST /v1/tasks', { body: taskBody() });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ type: 'urn:task-runner:problem:quota-exceeded' });
    expect((await world.ask('GET /v1/tasks')).body.items).toHaveLength(3);
    await world.task({}, 'umbrella');
  });

  it('that is used up leaves a creation repeatable that had its place', async () => {
    const ask = { organization: 'again', body: taskBody(), headers: { 'idempotency-key': 'k' } };
    const first = await world.ask('POST /v1/tasks', ask);
    for (let i = 0; i < 2; i++) await world.task({}, 'again');
    expect((await world.ask('POST /v1/tasks', ask)).body.id).toBe(first.body.id);
  });

  it('can be narrowed by an organization for itself, and not widened', async () => {
    const organization = 'modest';
    expect((await set(organization, { tasks: 1 })).status).toBe(200);
    await world.task({}, organization);
    expect((await world.ask('POST /v1/tasks', { organization, body: taskBody() })).status).toBe(409);
    const widened = await set(organization, { tasks: 4 });
    expect(widened.status).toBe(400);
    expect(widened.body.errors).toEqual([{ pointer: '/quotas/tasks', detail: expect.stringContaining('at most 3') }]);
  });

  it('on the size of bodies refuses what exceeds it, and lets the quota be changed', async () => {
    const organization = 'brief';
    expect((await set(organization, { payloadBytes: 256 })).status).toBe(200);
    const refused = await world.ask('POST /v1/triggers/events/e', { organization, body: { text: 'x'.repeat(300) } });
    expect(refused.status).toBe(413);
    expect(refused.body.detail).toContain('256 bytes');
    expect((await world.ask('POST /v1/triggers/events/e', { organization, body: {} })).status).toBe(202);
    expect((await set(organization, {})).status).toBe(200);
  });
});
