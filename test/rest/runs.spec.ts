import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('GET /v1/runs', () => {
  it('shows a finished run with its attempt', async () => {
    const run = await world.finishedRun();
    expect(run).toMatchObject({ trigger: 'manual', state: 'succeeded', attempt: 1 });
    expect(run.attempts).toHaveLength(1);
    expect(run.attempts[0]).toMatchObject({ number: 1, outcome: 'succeeded' });
    expect(run.startedAt).toMatch(/^2027-01-31T12:\d\d:\d\d\.\d{3}Z$/);
    expect(run).not.toHaveProperty('organization');
  });

  it('filters by task, state, trigger and time', async () => {
    const run = await world.finishedRun();
    const found = async (query: string) =>
      (await world.ask(`GET /v1/runs?taskId=${run.taskId}&${query}`)).body.items.map((item) => item.id);
    expect(await found('')).toEqual([run.id]);
    expect(await found('state=succeeded&trigger=manual')).toEqual([run.id]);
    expect(await found('state=failed')).toEqual([]);
    expect(await found('state=failed&state=succeeded')).toEqual([run.id]);
    expect(await found('state=failed&state=missed')).toEqual([]);
    expect(await found(`from=${run.scheduledFor}`)).toEqual([run.id]);
    expect(await found(`to=${run.scheduledFor}`)).toEqual([]);
  });

  it.each([
    'state=lost',
    'state=failed&state=lost',
    'trigger=magic',
    'from=yesterday',
    'to=2027-01-31T12:00:00',
    'cursor=x',
  ])('refuses %s by its parameter', async (query) => {
    const answer = await world.ask(`GET /v1/runs?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe(query.split('=')[0]);
  });

  it('ends a list with a null cursor', async () => {
    const { taskId } = await world.finishedRun();
    const page = await world.ask(`GET /v1/runs?taskId=${taskId}&limit=1`);
    expect(page.body.items).toHaveLength(1);
    expect(page.body.nextCursor).toBeNull();
  });
});

describe('cancel, retry and complete', () => {
  it('cancels a run that is under way, and none that has finished', async () => {
    const { id } = await world.task({ action: { type: 'noop', durationMs: 60_000 } });
    const run = (await world.ask(`POST /v1/tasks/${id}/run`)).body;
    const cancelled = await world.ask(`POST /v1/runs/${run.id}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body.state).toBe('cancelled');
    expect((await world.ask(`POST /v1/runs/${run.id}/cancel`)).status).toBe(409);
  });

  it('tells who asked for a run, who cancelled it, and why', async () => {
    const { id } = await world.task({ action: { type: 'noop', durationMs: 60_000 } });
    const run = (await world.ask(`POST /v1/tasks/${id}/run`, { body: { reason: 'the bank asked' } })).body;
    await world.ask(`POST /v1/runs/${run.id}/cancel`, { body: { reason: 'wrong day' } });
    const { body } = await world.ask(`GET /v1/runs/${run.id}`, { as: 'viewer' });
    const at = new Date(world.clock.now()).toISOString();
    expect(body).toMatchObject({
      requested: { by: 'tester', at, reason: 'the bank asked' },
      cancelled: { by: 'tester', at, reason: 'wrong day' },
    });
  });

  it('keeps the reason for which a task resumes', async () => {
    const { id } = await world.task({});
    await world.ask(`POST /v1/tasks/${id}/pause`, { body: { reason: 'maintenance' } });
    const resumed = await world.ask(`POST /v1/tasks/${id}/resume`, { body: { reason: 'the receiver is back' } });
    expect([resumed.status, resumed.body.state]).toEqual([200, 'active']);
    const { items } = (await world.ask(`GET /v1/tasks/${id}/versions`)).body;
    expect(items[0]).toMatchObject({
      change: 'resumed',
      after: { state: 'active', reason: 'the receiver is back' },
    });
  });

  it.each([
    ['POST /v1/tasks/{task}/resume', { reason: 1 }],
    ['POST /v1/tasks/{task}/resume', { until: 'x' }],
    ['POST /v1/runs/{run}/cancel', { reason: 'x'.repeat(501) }],
    ['POST /v1/runs/{run}/cancel', { why: 'x' }],
  ])('refuses %s with %j', async (line, body) => {
    const run = await world.finishedRun();
    const path = line.replace('{task}', run.taskId).replace('{run}', run.id);
    const answer = await world.ask(path, { body });
    expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, `/${Object.keys(body)[0]}`]);
  });

  it('runs with parameters of its own, which it shows and which its templates see', async () => {
    const { id } = await world.task({
      action: { type: 'event', event: 'asked', data: { suite: '{{parameters.suite}}' } },
      parameters: { suite: 'all' },
    });
    const chained = await world.task({
      triggers: [{ type: 'event', event: 'asked', filter: { 'data.suite': 'smoke' } }],
    });
    const answer = await world.ask(`POST /v1/tasks/${id}/run`, { body: { parameters: { suite: 'smoke' } } });
    expect([answer.status, answer.body.parameters]).toEqual([202, { suite: 'smoke' }]);
    const items = async () => (await world.ask(`GET /v1/runs?taskId=${chained.id}`)).body.items;
    for (let tries = 0; tries < 200 && (await items()).length === 0; tries++) await world.clock.advance(100);
    expect(await items()).toHaveLength(1);
    expect((await world.ask(`GET /v1/runs/${answer.body.id}`)).body.parameters).toEqual({ suite: 'smoke' });
  });

  it.each([
    [{ parameters: 'all' }, '/parameters'],
    [{ parameters: null }, '/parameters'],
    [{ parameter: {} }, '/parameter'],
    [[], ''],
  ])('refuses to run with %j', async (body, pointer) => {
    const { id } = await world.task({});
    const answer = await world.ask(`POST /v1/tasks/${id}/run`, { body });
    expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, pointer]);
  });

  it('drives a finished run again as a new one', async () => {
    const run = await world.finishedRun();
    const answer = await world.ask(`POST /v1/runs/${run.id}/retry`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ taskId: run.taskId, trigger: 'retry', retryOf: run.id });
    expect(answer.headers['location']).toBe(`/v1/runs/${answer.body.id}`);
  });

  it('refuses to complete with a token that is not the attempt’s', async () => {
    const run = await world.finishedRun();
    const body = { token: 'made up', outcome: 'succeeded' };
    const answer = await world.ask(`POST /v1/runs/${run.id}/complete`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe('/token');
  });

  it('refuses a completion of another shape', async () => {
    const run = await world.finishedRun();
    const body = { token: 't', outcome: 'maybe', more: 1 };
    const answer = await world.ask(`POST /v1/runs/${run.id}/complete`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((fault) => fault.pointer).sort()).toEqual(['/more', '/outcome']);
  });
});

describe('GET /v1/runs/{id}/log', () => {
  it('lists the entries, page by page', async () => {
    const run = await world.finishedRun();
    const all = (await world.ask(`GET /v1/runs/${run.id}/log`)).body;
    expect(all.nextCursor).toBeNull();
    expect(all.items.length).toBeGreaterThan(1);
    const first = (await world.ask(`GET /v1/runs/${run.id}/log?limit=1`)).body;
    expect(first.items).toEqual([all.items[0]]);
    const second = (await world.ask(`GET /v1/runs/${run.id}/log?limit=1&cursor=${first.nextCursor}`)).body;
    expect(second.items).toEqual([all.items[1]]);
  });

  it('refuses the cursor of another list', async () => {
    const run = await world.finishedRun();
    const cursor = Buffer.from(run.id).toString('base64url');
    const answer = await world.ask(`GET /v1/runs/${run.id}/log?cursor=${cursor}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe('cursor');
  });
});
