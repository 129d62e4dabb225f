import { SchedulerRegistry } from '@nestjs/schedule';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Housekeeping } from '../../src/housekeeping/housekeeping.js';
import { NOON, RestWorld } from './rest-world.js';

const DAY_MS = 86_400_000;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('the service', () => {
  it('keeps house at intervals', () => {
    expect(world.app.get(SchedulerRegistry, { strict: false }).getIntervals()).toEqual(['housekeeping']);
  });

  it('removes a run of age with its log', async () => {
    const run = await world.finishedRun();
    const housekeeping = world.app.get(Housekeeping, { strict: false });
    const status = async () => (await world.ask(`GET /v1/runs/${run.id}`)).status;
    await housekeeping.sweep();
    expect(await status()).toBe(200);
    // The wall clock alone: nothing else is to happen in a month.
    world.clock.setWall(NOON + 31 * DAY_MS);
    await housekeeping.sweep();
    expect(await status()).toBe(404);
  });
});
