import { setTimeout as wait } from 'node:timers/promises';
import { Contender, until, withContenders } from '../contender.js';
import { percentile } from '../statistics.js';

const PATIENCE_MS = 120_000;

/** How long after `kill -9` of a process with `count` running jobs another process has them running again. */
export async function takeover(contender, { count = 100, lockLifeMs }) {
  const url = await contender.freshStore();
  const options = { url, ...(lockLifeMs && { lockLifeMs }) };
  return withContenders([Contender.start(contender.name, options)], async (dying) => {
    await dying.call('storeAt', count, Date.now() + 2500, 600_000);
    if (!(await until(async () => (await dying.call('count')) >= count, 30_000))) throw new Error('not all started');
    return withContenders([Contender.start(contender.name, options)], async (heir) => {
      await wait(3000);
      const killed = performance.timeOrigin + performance.now();
      dying.kill();
      await until(async () => (await heir.call('count')) >= count, PATIENCE_MS, 100);
      const after = (await heir.call('starts')).map(([, , start]) => start - killed);
      heir.kill();
      return { p50: percentile(after, 0.5), max: percentile(after, 1), missing: count - after.length };
    });
  });
}
