import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOON, RestWorld } from './rest-world.js';

const DAY_MS = 86_400_000;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('the service', () => {
  it('removes a run of age with its log, a minute after its start', async () => {
    const run = await world.finishedRun();
    const status = async () => (await world.ask(`GET /v1/runs/${run.id}`)).status;
    await world.clock.advance(61_000);
    expect(await status()).toBe(200);
    // Only the wall clock is set: nothing else should happen in that month.
    world.clock.setWall(NOON + 31 * DAY_MS);
    await world.clock.advance(61_000);
    for (let tries = 0; tries < 100 && (await status()) === 200; tries++) await world.clock.advance(10);
    expect(await status()).toBe(404);
  });
});
