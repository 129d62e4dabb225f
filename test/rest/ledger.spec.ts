import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('GET /v1/tasks/{id}/explain', () => {
  it('tells why, in words and in data, with instants in UTC', async () => {
    const run = await world.finishedRun();
    const answer = await world.ask(`GET /v1/tasks/${run.taskId}/explain?at=2027-01-31T13:00:00%2B01:00`, {
      as: 'viewer',
    });
    expect(answer.body).toMatchObject({
      at: run.scheduledFor,
      outcome: 'succeeded',
      code: 'on-time',
      reason: 'started on time',
      sentence: expect.stringContaining(`requested at ${run.scheduledFor} ran and succeeded`),
      advice: null,
      evidence: [
        { type: 'run', data: { id: run.id, startedAt: run.startedAt } },
        { type: 'attempt' },
        { type: 'task' },
      ],
    });
  });

  it('hides the tasks of other organizations, and refuses what is not an instant', async () => {
    const { id } = await world.task();
    expect((await world.ask(`GET /v1/tasks/${id}/explain`, { organization: 'umbrella' })).status).toBe(404);
    const { status, body } = await world.ask(`GET /v1/tasks/${id}/explain?at=yesterday`);
    expect([status, body.errors.map(({ parameter }) => parameter)]).toEqual([400, ['at']]);
  });

  it('tells of instants at the ends of time', async () => {
    const { id } = await world.task({ triggers: [{ type: 'cron', expression: '0 0 29 2 *' }] });
    for (const at of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      expect((await world.ask(`GET /v1/tasks/${id}/explain?at=${at}`)).body).toMatchObject({
        outcome: expect.any(String),
      });
    }
  });
});

describe('GET /v1/tasks/{id}/occurrences', () => {
  it('lists runs with their outcome, page by page', async () => {
    const { taskId } = await world.finishedRun();
    // Runs of the same instant have no order.
    await world.clock.advance(1);
    const second = (await world.ask(`POST /v1/tasks/${taskId}/run`)).body;
    await world.finished(second.id);
    const first = (await world.ask(`GET /v1/tasks/${taskId}/occurrences?limit=1`)).body;
    expect(first.items).toMatchObject([{ outcome: 'succeeded', reason: null, trigger: 'manual' }]);
    const rest = (await world.ask(`GET /v1/tasks/${taskId}/occurrences?limit=1&cursor=${first.nextCursor}`)).body;
    expect(rest).toMatchObject({ items: [{ runId: second.id, scheduledFor: second.scheduledFor }], nextCursor: null });
  });

  it('hides the tasks of other organizations, and refuses the cursor of another list', async () => {
    const { id } = await world.task();
    expect((await world.ask(`GET /v1/tasks/${id}/occurrences`, { organization: 'umbrella' })).status).toBe(404);
    const cursor = Buffer.from(id).toString('base64url');
    expect((await world.ask(`GET /v1/tasks/${id}/occurrences?cursor=${cursor}`)).status).toBe(400);
  });
});
