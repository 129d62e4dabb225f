import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { latenessOf } from '../e2e/callee.js';
import { describeOnEachStore } from '../e2e/each-store.js';
import { expectAccounted, expectDone, latest } from './accounts.js';
import { Customer } from './customer.js';
import { FaultWorld, LOCK_LIFE_MS, ROUNDS } from './fault-world.js';
import { SteadyLoad } from './steady-load.js';

/** How far a busy machine may exceed the limits of a takeover (ms). */
const TOLERANCE_MS = 3000;

describeOnEachStore('kill -9 of one of several instances', (open) => {
  let world: FaultWorld;

  beforeEach(async () => {
    world = await FaultWorld.open(await open());
    await Promise.all([world.boot(), world.boot()]);
  });

  afterEach(() => world.end());

  it(
    'in the middle of work loses nothing and does nothing twice',
    async () => {
      const load = await SteadyLoad.begin(world, 6 * ROUNDS);
      const customer = await Customer.begin(world);
      for (let round = 0; round < ROUNDS; round++) {
        await load.reaches((round + 0.4) / ROUNDS);
        // What the victim does at that moment has no end that anybody could write.
        world.callee.keepsWaiting = ({ attempt }) => attempt === 1;
        const before = world.callee.calls.length;
        await world.callee.until((calls) => calls.length >= before + 20);
        await world.kill(world.services[0]!);
        world.callee.keepsWaiting = () => false;
        world.callee.release();
        await world.boot();
      }
      await load.reaches(1);
      const asked = await customer.stop();
      const [service] = world.services;
      await expectAccounted(service!, load);
      await expectDone(service!, asked, world.callee.calls);
      const again = world.callee.calls.filter(({ attempt }) => attempt > 1);
      console.log(`After kill -9: ${again.length} runs were made again; ${latenessOf(load.calls)}`);
      expect(again.length).toBeGreaterThan(0);
      expect(latest(load.calls)).toBeLessThan(LOCK_LIFE_MS + TOLERANCE_MS);
    },
    60_000 + ROUNDS * 30_000,
  );
});
