import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FigureRecorder } from '../../src/stats/figure-recorder.js';
import type { StatsResponse } from '../../src/rest/stats/stats.response.js';
import { StatsStore } from '../../src/stats/stats.store.js';
import { NOON, RestWorld } from './rest-world.js';

const MINUTE_MS = 60_000;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const stats = async (organization: string): Promise<StatsResponse> => {
  await world.app.get(FigureRecorder, { strict: false }).flush();
  return JSON.parse((await world.ask('GET /v1/stats', { as: 'viewer', organization })).text) as StatsResponse;
};

describe('GET /v1/stats', () => {
  it('tells an organization of its tasks, its runs and what is to come', async () => {
    await world.finishedRun();
    const triggers = [{ type: 'interval', everyMs: 3_600_000 }];
    const hourly = await world.task({ name: 'hourly', triggers });
    const paused = await world.task({ triggers });
    await world.ask(`POST /v1/tasks/${paused.id}/pause`, { body: { reason: 'lunch' } });
    const told = await stats('acme');
    expect(told).toMatchObject({
      tasks: { active: 2, paused: 1, completed: 0, truncated: false },
      backlog: { waiting: 0, armed: 0, running: 0, retrying: 0, truncated: false },
      lastHour: { starts: 1, succeeded: 1, failed: 0 },
      lastDay: { starts: 1, succeeded: 1, failed: 0 },
      lateness: { p50Ms: expect.any(Number), worstMs: expect.any(Number) },
      next: [{ taskId: hourly.id, name: 'hourly' }],
    });
    expect(told.minutes).toHaveLength(60);
    expect(told.minutes.at(-1)).toEqual({ at: new Date(NOON).toISOString(), starts: 1 });
  });

  it('tells no organization of another one', async () => {
    expect(await stats('umbrella')).toMatchObject({
      tasks: { active: 0, paused: 0 },
      lastDay: { starts: 0 },
      lateness: { p50Ms: null },
      next: [],
    });
  });

  it('tells of runs under way, and of what happened in minutes before', async () => {
    const slow = await world.task({ action: { type: 'noop', durationMs: 30_000 }, overlap: 'queue' }, 'initech');
    const ask = () => world.ask(`POST /v1/tasks/${slow.id}/run`, { organization: 'initech' });
    await world.driven(Promise.all([ask(), ask()]), 1);
    await world.driven(world.clock.sleep(100), 10);
    expect((await stats('initech')).backlog).toMatchObject({ running: 1, waiting: 1 });
    world.clock.setWall(world.clock.now() + 10 * MINUTE_MS);
    expect((await stats('initech')).minutes.map(({ starts }) => starts).indexOf(1)).toBe(49);
    world.clock.setWall(world.clock.now() + 60 * MINUTE_MS);
    expect(await stats('initech')).toMatchObject({ lastHour: { starts: 0 }, lastDay: { starts: 1 } });
  });

  it('keeps what was counted when the service stops, after its runs have ended', async () => {
    const stopping = await RestWorld.start();
    const put = jest.spyOn(stopping.app.get(StatsStore, { strict: false }), 'put');
    const { id } = await stopping.task({ action: { type: 'noop', durationMs: 2000 } });
    await stopping.driven(stopping.ask(`POST /v1/tasks/${id}/run`), 1);
    await stopping.driven(stopping.clock.sleep(100), 10);
    expect(put).not.toHaveBeenCalled();
    await stopping.stop();
    expect(put.mock.calls).toMatchObject([[[{ organization: 'acme', starts: 1, succeeded: 1 }]]]);
    await expect(put.mock.results[0]!.value).resolves.toBeUndefined();
  });
});
