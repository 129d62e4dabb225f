import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpTarget } from '../support/http-target.js';
import { GENEROUS, RestWorld } from './rest-world.js';

const PUBLIC_URL = 'https://jobs.example/scheduler/';

let world: RestWorld;
let receiver: HttpTarget;
beforeAll(async () => {
  receiver = await HttpTarget.start();
  const runner = { httpAllow: ['127.0.0.1'], publicUrl: PUBLIC_URL };
  world = await RestWorld.start({ rates: GENEROUS }, {}, {}, runner);
});
afterAll(async () => {
  await world.stop();
  await receiver.close();
});

/** A run whose attempt waits for its call-back, with what the receiver was sent. */
const waiting = async (): Promise<{ id: string; token: string; url: string }> => {
  receiver.requests.length = 0;
  const body = { token: '{{run.callbackToken}}', url: '{{run.callbackUrl}}' };
  const action = { type: 'http', url: receiver.url, body, completion: 'callback', heartbeatTimeoutMs: 60_000 };
  const { id: taskId } = await world.task({ action });
  const { id } = (await world.ask(`POST /v1/tasks/${taskId}/run`)).body;
  for (let tries = 0; receiver.requests.length === 0 && tries < 200; tries++)
    await world.driven(world.ask('GET /v1/tasks'));
  const sent = JSON.parse(receiver.requests[0]!.body) as { token: string; url: string };
  return { id, ...sent };
};

describe('an attempt that waits for its call-back', () => {
  let run: Awaited<ReturnType<typeof waiting>>;
  beforeEach(async () => {
    run = await waiting();
  });

  it('shows the last sign of life, and ends by its completion', async () => {
    expect(run.url).toBe(`https://jobs.example/scheduler/v1/runs/${run.id}/complete`);
    const beat = { token: run.token, percent: 40, message: `suite 4 by ${run.token}` };
    const beaten = await world.ask(`POST /v1/runs/${run.id}/heartbeat`, { body: beat });
    expect(beaten.status).toBe(200);
    expect(beaten.body).toMatchObject({ state: 'running', heartbeat: { percent: 40, message: 'suite 4 by ***' } });
    const { body: shown, text } = await world.ask(`GET /v1/runs/${run.id}`);
    expect(shown).toMatchObject({ heartbeat: { percent: 40 } });
    expect(text).not.toContain(run.token);
    const end = { token: run.token, outcome: 'succeeded', output: { passed: 7 } };
    const ended = await world.driven(world.ask(`POST /v1/runs/${run.id}/complete`, { body: end }));
    expect([ended.status, ended.body]).toMatchObject([200, { state: 'succeeded' }]);
    const late = await world.ask(`POST /v1/runs/${run.id}/heartbeat`, { body: beat });
    expect(late.status).toBe(409);
    expect(late.text).not.toContain(run.token);
  });

  it.each([
    [{ token: 'made up' }, '/token'],
    [{ percent: 101 }, '/percent'],
    [{ percent: -1 }, '/percent'],
    [{ message: 'm'.repeat(501) }, '/message'],
    [{ more: 1 }, '/more'],
  ])('refuses a sign of life with %j', async (fault, pointer) => {
    const answer = await world.ask(`POST /v1/runs/${run.id}/heartbeat`, { body: { token: run.token, ...fault } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(answer.text).not.toContain(run.token);
    expect((await world.ask(`GET /v1/runs/${run.id}`)).body).not.toHaveProperty('heartbeat.percent');
  });

  it('hears nobody who may only look, and nobody of another organization', async () => {
    const body = { token: run.token };
    const line = `POST /v1/runs/${run.id}/heartbeat`;
    expect((await world.ask(line, { body, as: 'viewer' })).status).toBe(403);
    expect((await world.ask(line, { body, as: 'nobody' })).status).toBe(403);
    expect((await world.ask(line, { body, organization: 'umbrella' })).status).toBe(404);
  });
});

describe('the configured address of the API', () => {
  it('is that of webhook sources, whatever host a request names', async () => {
    const body = { name: 'builds', event: 'build' };
    const answer = await world.ask('POST /v1/webhook-sources', { body, headers: { host: 'elsewhere.example' } });
    expect(answer.body).toMatchObject({ url: `https://jobs.example/scheduler/v1/hooks/${answer.body.id}` });
  });
});
