import { setTimeout as wait } from 'node:timers/promises';
import { Contender, until, withContenders } from '../contender.js';
import { percentile, punctuality } from '../statistics.js';

/** The organization that takes all it can get, and the one beside it. */
const [CROWD, OTHER] = ['crowd', 'other'];
const HOLD_MS = 600_000;
const ASK_EVERY_MS = 500;

/**
 * How punctually a task of one organization starts each second while another organization holds every slot it can get.
 */
export async function places(contender, { count = 2000, seconds = 30 }) {
  return beside(contender, async (host) => {
    await host.call('storeAt', count, Date.now() + 2500, HOLD_MS, CROWD);
    const holding = await steadied(() => host.call('startedOf', CROWD));
    await host.call('storeEverySecond', 1, OTHER);
    return { ...(await watched(host, soon(seconds))), holding };
  });
}

/**
 * The same while `count` occurrences of another organization are due at the instant of the first start and are worked
 * off.
 */
export async function instant(contender, { count = 100_000, seconds = 15, storeMs = 0.5 }) {
  return beside(contender, async (host) => {
    const at = Math.ceil((Date.now() + 5000 + count * storeMs) / 1000) * 1000;
    await host.call('storeAt', count, at, 0, CROWD);
    if (Date.now() > at - 4000) throw new Error('the crowd was due before it was stored');
    await host.call('storeEverySecond', 1, OTHER);
    const figures = await watched(host, { from: at, to: at + seconds * 1000 });
    const begun = await host.call('startedOf', CROWD);
    await until(async () => (await host.call('startedOf', CROWD)) >= count, 200_000, 500);
    return { ...figures, begun, crowdMissing: count - (await host.call('startedOf', CROWD)) };
  });
}

/**
 * The same while events of another organization start tasks that raise these events again, up to the limit for each.
 */
export async function fanOut(contender, { tasks = 3, events = 20, seconds = 20 }) {
  return beside(contender, async (host) => {
    await host.call('storeEchoes', tasks, 'echo', CROWD);
    await host.call('raise', 'echo', CROWD);
    const descendants = await steadied(() => host.call('startedOf', CROWD));
    await host.call('storeEverySecond', 1, OTHER);
    const range = soon(seconds);
    await wait(range.from - Date.now());
    const raised = Array.from({ length: events }, () => host.call('raise', 'echo', CROWD));
    const figures = await watched(host, range);
    await Promise.all(raised);
    return { ...figures, descendants };
  });
}

/** Uses a process in which a third organization has worked before. */
async function beside(contender, use) {
  const url = await contender.freshStore();
  return withContenders([Contender.start(contender.name, { url })], async (host) => {
    for (let warming = 0; warming < 20; warming++) await host.call('runNow', 'warming');
    // Stores the task that is asked for later, which is not measured.
    await host.call('runNow', OTHER);
    return use(host);
  });
}

/** Waits until the number has stayed the same for four seconds. */
async function steadied(count) {
  let last = await count();
  for (let same = 0; same < 4;) {
    await wait(1000);
    const next = await count();
    same = next === last && next > 0 ? same + 1 : 0;
    last = next;
  }
  return last;
}

/** A stretch of whole seconds that begins soon. */
function soon(seconds) {
  const from = Math.ceil((Date.now() + 2000) / 1000) * 1000;
  return { from, to: from + seconds * 1000 };
}

/**
 * How late the other organization's starts are between two instants: the scheduled ones by their nominal times, and
 * those asked for by hand by the time of the request.
 */
async function watched(host, { from, to }) {
  await wait(from - Date.now());
  const asked = new Map();
  while (Date.now() < to) {
    const at = performance.timeOrigin + performance.now();
    asked.set(await host.call('runNow', OTHER), at);
    await wait(ASK_EVERY_MS);
  }
  await wait(2000);
  const starts = await host.call('startsOf', OTHER);
  const scheduled = starts.filter(([key, nominal]) => !asked.has(key) && nominal >= from && nominal < to);
  const byHand = starts.flatMap(([key, , start]) => (asked.has(key) ? [start - asked.get(key)] : []));
  return {
    ...punctuality(scheduled, (to - from) / 1000),
    askedP50: percentile(byHand, 0.5),
    askedMax: percentile(byHand, 1),
    askedMissing: asked.size - byHand.length,
  };
}
