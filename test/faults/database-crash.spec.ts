import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseOf } from '../conformance/mongo-databases.js';
import { latenessOf } from '../e2e/callee.js';
import type { ServiceProcess } from '../e2e/service-process.js';
import { expectAccounted, expectDone, latest } from './accounts.js';
import { CrashableMongo } from './crashable-mongo.js';
import { Customer } from './customer.js';
import { FaultWorld, LOCK_LIFE_MS, ROUNDS } from './fault-world.js';
import { SteadyLoad } from './steady-load.js';

/** How far a busy machine may exceed the limits of a takeover (ms), after a database that has just started again. */
const TOLERANCE_MS = 8000;
const MONGODB_SWITCH = process.env['MONGODB_SWITCH'];

(MONGODB_SWITCH ? describe : describe.skip)('A power cut of the MongoDB server', () => {
  let mongo: CrashableMongo;
  let world: FaultWorld;

  beforeAll(async () => {
    mongo = await CrashableMongo.start(MONGODB_SWITCH!);
  }, 300_000);

  beforeEach(async () => {
    const url = new URL(databaseOf(mongo.uri));
    url.searchParams.set('serverSelectionTimeoutMS', '1000');
    world = await FaultWorld.open({ url: url.href, drop: () => Promise.resolve() });
    await Promise.all([world.boot(), world.boot()]);
  });

  afterEach(() => world.end());
  afterAll(() => mongo.stop());

  /** Resolves once the instance reports that it cannot work. */
  const unready = async (service: ServiceProcess): Promise<void> => {
    while ((await service.call('GET', '/health/ready')).status !== 503);
  };

  it(
    'in the middle of work loses nothing that was acknowledged, and does nothing twice',
    async () => {
      const load = await SteadyLoad.begin(world, 10 * ROUNDS);
      const customer = await Customer.begin(world);
      let outageMs = 0;
      for (let round = 0; round < ROUNDS; round++) {
        await load.reaches((round + 0.3) / ROUNDS);
        const since = Date.now();
        await mongo.crash();
        for (const service of world.services) await unready(service);
        await mongo.startAgain();
        outageMs = Math.max(outageMs, Date.now() - since);
      }
      await load.reaches(1);
      const asked = await customer.stop();
      for (const service of world.services) await expectAccounted(service, load);
      await expectDone(world.services[0]!, asked, world.callee.calls);
      console.log(`After an outage of ${outageMs} ms: ${latenessOf(load.calls)}`);
      expect(latest(load.calls)).toBeLessThan(outageMs + LOCK_LIFE_MS + TOLERANCE_MS);
    },
    120_000 + ROUNDS * 60_000,
  );
});
