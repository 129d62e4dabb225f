import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('GET /v1/tasks/{id}/occurrences', () => {
  it('lists runs with their outcome, page by page', async () => {
    const { taskId } = await world.finishedRun();
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
