import { setTimeout as wait } from 'node:timers/promises';
import { Contender, until, withContenders } from '../contender.js';
import { punctuality } from '../statistics.js';

/**
 * How long storing one occurrence may take (ms). The benchmark chooses the instant by it, and doubles it when it is too
 * short.
 */
const STORE_MS = { agenda: 1.5 };
const ARMING_MS = 1500;

/** How many bursts warm a process up, and the most occurrences in each. Compilers need that long. */
const WARM_UP = { bursts: 5, count: 1000 };

/**
 * How late `count` occurrences of one instant start in a warm process; `cold` is the same for the first occurrences of a
 * process.
 */
export async function burst(contender, { count, holdMs = 0 }) {
  const url = await contender.freshStore();
  const options = { url, concurrency: Math.max(count, 1000) };
  return withContenders([Contender.start(contender.name, options)], async (host) => {
    const { p99: coldP99 } = await burstOf(host, contender, { count, holdMs: 0 });
    const warming = { count: Math.min(count, WARM_UP.count), holdMs: 0 };
    for (let bursts = 1; bursts < WARM_UP.bursts; bursts++) await burstOf(host, contender, warming);
    return { ...(await burstOf(host, contender, { count, holdMs })), coldP99 };
  });
}

async function burstOf(host, contender, { count, holdMs, storeMs = STORE_MS[contender.name] ?? 0.1 }) {
  const instant = Math.ceil((Date.now() + 2500 + count * storeMs) / 1000) * 1000;
  const before = await host.call('count');
  await host.call('storeAt', count, instant, holdMs);
  const inTime = Date.now() < instant - ARMING_MS;
  await until(async () => Date.now() > instant && (await host.call('count')) >= before + count, 60_000, 250);
  await wait(500);
  if (!inTime) return burstOf(host, contender, { count, holdMs, storeMs: 2 * storeMs });
  const starts = await host.call('starts');
  return punctuality(
    starts.filter(([, nominal]) => nominal === instant),
    count,
  );
}

/**
 * How late single occurrences start in an idle, warm process; `cold` is the same for the first occurrences of the process.
 */
export async function single(contender, { cold = 20, count = 100, everyMs = 400 }) {
  const url = await contender.freshStore();
  return withContenders([Contender.start(contender.name, { url })], async (host) => {
    const first = Date.now() + 3000;
    const [from, total] = [first + cold * everyMs, cold + count];
    for (let index = 0; index < total; index++) await host.call('storeAt', 1, first + index * everyMs, 0);
    await wait(first - Date.now() + total * everyMs);
    await until(async () => (await host.call('count')) >= total, 5000);
    const starts = await host.call('starts');
    const { p99: coldP99 } = punctuality(dueBetween(starts, first, from), cold);
    return { ...punctuality(dueBetween(starts, from, Number.POSITIVE_INFINITY), count), coldP99 };
  });
}

/** How long it takes from the request of a run to its start in an idle process. */
export async function runNow(contender, { count = 100, everyMs = 20 }) {
  const url = await contender.freshStore();
  return withContenders([Contender.start(contender.name, { url })], async (host) => {
    await host.call('runNow');
    const asked = [];
    for (let index = 0; index < count; index++) {
      await until(async () => (await host.call('count')) > index, 5000, everyMs);
      asked.push(performance.timeOrigin + performance.now());
      await host.call('runNow');
    }
    await until(async () => (await host.call('count')) > count, 5000);
    const starts = (await host.call('starts')).slice(1);
    return punctuality(
      starts.map(([key, , start], index) => [`${key}/${index}`, asked[index], start]),
      count,
    );
  });
}

/** How late the occurrences of tasks that are due each second start, and how many do not start. */
export async function steady(contender, { tasks = 200, seconds = 30 }) {
  const url = await contender.freshStore();
  return withContenders([Contender.start(contender.name, { url })], async (host) => {
    await host.call('storeEverySecond', tasks);
    const from = Math.ceil((Date.now() + 2000) / 1000) * 1000;
    const to = from + seconds * 1000;
    await wait(to + 3000 - Date.now());
    return punctuality(dueBetween(await host.call('starts'), from, to), tasks * seconds);
  });
}

/** The starts with nominal times from `from` (inclusive) to `to` (exclusive). */
const dueBetween = (starts, from, to) => starts.filter(([, nominal]) => nominal >= from && nominal < to);
