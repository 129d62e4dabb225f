import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lendDatabase } from '../conformance/mongo-databases.js';
import { latenessOf } from '../e2e/callee.js';
import { expectAccounted, expectDone, latest } from './accounts.js';
import { Customer } from './customer.js';
import { FaultWorld, LOCK_LIFE_MS, ROUNDS } from './fault-world.js';
import { SteadyLoad } from './steady-load.js';
import { TcpProxy } from './tcp-proxy.js';

/** How far a busy machine may exceed the limits of a takeover (ms). */
const TOLERANCE_MS = 4000;
const MONGODB_URI = process.env['MONGODB_URI'];

(MONGODB_URI ? describe : describe.skip)('An instance whose connection to MongoDB fails', () => {
  let world: FaultWorld;
  let proxy: TcpProxy;

  beforeEach(async () => {
    const { url, giveBack } = await lendDatabase(MONGODB_URI!);
    const { hostname, port } = new URL(url);
    proxy = await TcpProxy.to(hostname, Number(port || 27017));
    world = await FaultWorld.open({ url, drop: async () => giveBack() });
    const detour = new URL(url);
    detour.host = `127.0.0.1:${proxy.port}`;
    detour.searchParams.set('directConnection', 'true');
    detour.searchParams.set('serverSelectionTimeoutMS', '1000');
    detour.searchParams.set('heartbeatFrequencyMS', '1000');
    await Promise.all([world.boot(detour.href), world.boot()]);
  });

  afterEach(async () => {
    await world.end();
    await proxy.close();
  });

  /** Resolves once `count` more occurrences of the load have been called. */
  const after = async (load: SteadyLoad, count: number) => {
    const before = load.calls.length;
    await world.callee.until(() => load.calls.length >= before + count);
  };

  it(
    'by a cut, by silence or by delay loses nothing and does nothing twice',
    async () => {
      const load = await SteadyLoad.begin(world, 12 * ROUNDS);
      const customer = await Customer.begin(world);
      for (let round = 0; round < ROUNDS; round++) {
        await load.reaches((round + 0.1) / ROUNDS);
        proxy.cut();
        await after(load, 20);
        proxy.heal();
        await load.reaches((round + 0.35) / ROUNDS);
        proxy.fallSilent();
        // Longer than the life of its lock, so the other instance does everything meanwhile.
        await load.reaches((round + 0.7) / ROUNDS);
        proxy.heal();
        proxy.slowDown(150);
        await load.reaches((round + 0.9) / ROUNDS);
        proxy.heal();
      }
      await load.reaches(1);
      const asked = await customer.stop();
      const [reconnected, other] = world.services;
      for (const service of [other!, reconnected!]) await expectAccounted(service, load);
      await expectDone(other!, asked, world.callee.calls);
      console.log(`With a bad connection: ${latenessOf(load.calls)}`);
      expect(latest(load.calls)).toBeLessThan(LOCK_LIFE_MS + TOLERANCE_MS);
    },
    60_000 + ROUNDS * 40_000,
  );
});
