import { setTimeout as wait } from 'node:timers/promises';
import { Contender, until, withContenders } from '../contender.js';
import { punctuality } from '../statistics.js';

const WEEK_MS = 604_800_000;
const WATCH_MS = 20_000;

/** What tasks that are due next week cost: to store, at a start, while idle, and in the punctuality of other tasks. */
export async function future(contender, { count, among = 100 }) {
  const url = await contender.freshStore();
  const storedPerSecond = await withContenders([Contender.start(contender.name, { url })], async (host) => {
    const began = performance.now();
    await host.call('storeAt', count, Date.now() + WEEK_MS, 0);
    return count / ((performance.now() - began) / 1000);
  });
  return withContenders([Contender.start(contender.name, { url })], async (host) => {
    // The runtime collects garbage half a minute after the start.
    await wait(45_000);
    const before = await host.call('usage');
    await wait(WATCH_MS);
    const after = await host.call('usage');
    const instant = Date.now() + 3000;
    await host.call('storeAt', among, instant, 0);
    await wait(instant - Date.now());
    await until(async () => (await host.call('count')) >= among, 10_000);
    return {
      storedPerSecond,
      startedInMs: host.startedInMs,
      rssMiB: after.rss / 2 ** 20,
      idlePercent: ((after.cpuSeconds - before.cpuSeconds) / (WATCH_MS / 1000)) * 100,
      p99: punctuality(await host.call('starts'), among).p99,
    };
  });
}
