import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOON, RestWorld, type Answer } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const hours = (from: number, to: number) => ({
  from: new Date(NOON + from * 3_600_000).toISOString(),
  to: new Date(NOON + to * 3_600_000).toISOString(),
});

describe('POST /v1/tasks/{id}/backfill', () => {
  const hourly = () => world.task({ triggers: [{ type: 'cron', expression: '0 * * * *' }] });
  const ask = (id: string, body: unknown): Promise<Answer> => world.ask(`POST /v1/tasks/${id}/backfill`, { body });

  it('tells what it would run, runs it, and runs nothing twice', async () => {
    const { id } = await hourly();
    const plan = await ask(id, { ...hours(-3, 0), dryRun: true });
    expect(plan.status).toBe(200);
    expect(plan.body).toEqual({
      ...{ count: 3, existing: 0, first: '2027-01-31T09:00:00.000Z', last: '2027-01-31T11:00:00.000Z' },
      occurrences: ['2027-01-31T09:00:00.000Z', '2027-01-31T10:00:00.000Z', '2027-01-31T11:00:00.000Z'],
    });
    const answer = await ask(id, hours(-3, 0));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ count: 3, existing: 0 });
    const [runId] = answer.body.runs as unknown as string[];
    expect(await world.finished(runId!)).toMatchObject({
      trigger: 'backfill',
      scheduledFor: '2027-01-31T09:00:00.000Z',
    });
    expect((await ask(id, hours(-3, 0))).body).toEqual({ count: 0, existing: 3, runs: [] });
    const { items } = (await world.ask(`GET /v1/tasks/${id}/occurrences?limit=5`)).body;
    expect(items.map(({ scheduledFor }) => scheduledFor)).toEqual(plan.body.occurrences);
  });

  it.each([
    ['/from', { to: hours(0, 1).to }],
    ['/to', hours(0, 0)],
    ['/to', { from: '1990-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }],
    ['/everyMs', { ...hours(-1, 0), everyMs: 0 }],
    ['/until', { ...hours(-1, 0), until: 'x' }],
  ])('refuses what is wrong with %s', async (pointer, body) => {
    const answer = await ask((await hourly()).id, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe(pointer);
  });
});

describe('POST /v1/runs/retry', () => {
  it('tells which failed runs it would drive again, drives them, and none twice', async () => {
    const run = await world.finishedRun({
      action: { type: 'test-flow', flowId: 'there is no engine' },
      retry: { maxAttempts: 1 },
    });
    expect(run.state).toBe('failed');
    const ask = (body: unknown) => world.ask('POST /v1/runs/retry', { body });
    const plan = await ask({ taskId: run.taskId, dryRun: true });
    expect(plan.status).toBe(200);
    expect(plan.body).toEqual({
      ...{ count: 1, existing: 0, retryOf: [run.id], next: null },
      ...{ first: run.scheduledFor, last: run.scheduledFor },
    });
    const answer = await ask({ taskId: run.taskId });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ count: 1, existing: 0, retryOf: [run.id], next: null });
    const [id] = answer.body.runs as unknown as string[];
    expect(await world.finished(id!)).toMatchObject({
      trigger: 'retry',
      retryOf: run.id,
      scheduledFor: run.scheduledFor,
    });
    expect((await ask({ taskId: run.taskId, to: run.scheduledFor })).body).toMatchObject({ count: 0 });
  });

  it.each([
    ['/states/0', { states: ['succeeded'] }],
    ['/to', { from: hours(0, 1).to, to: hours(0, 1).from }],
    ['/limit', { limit: 1001 }],
    ['/error', { error: 'x' }],
  ])('refuses what is wrong with %s', async (pointer, body) => {
    const answer = await world.ask('POST /v1/runs/retry', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe(pointer);
  });
});
