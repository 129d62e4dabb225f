import { setTimeout as wait } from 'node:timers/promises';
import { Contender, until, withContenders } from '../contender.js';

/** How fast `processes` processes work off a backlog that is due at once, up to the last durable end. */
export async function throughput(contender, { count, processes, storeMs = contender.name === 'agenda' ? 1.5 : 0.2 }) {
  const url = await contender.freshStore();
  // The processes share the cores while they start, and must be ready before the instant.
  const startMs = 4000 + 3000 * processes;
  const instant = Date.now() + 2000 + startMs + count * storeMs;
  const stored = await withContenders([Contender.start(contender.name, { url, works: false })], async (host) => {
    await host.call('storeAt', count, instant, 0);
    return Date.now();
  });
  if (stored > instant - startMs) return throughput(contender, { count, processes, storeMs: 2 * storeMs });
  const starting = Array.from({ length: processes }, () => Contender.start(contender.name, { url }));
  return withContenders(starting, async (...hosts) => {
    await wait(instant - Date.now());
    const ends = () => Promise.all(hosts.map((host) => host.call('ends')));
    await until(async () => (await ends()).reduce((sum, { ended }) => sum + ended, 0) >= count, 120_000, 100);
    await wait(300);
    const all = await ends();
    const starts = (await Promise.all(hosts.map((host) => host.call('starts')))).flat();
    const keys = new Set(starts.map(([key]) => key));
    const seconds = (Math.max(...all.map(({ lastEnd }) => lastEnd)) - instant) / 1000;
    return { perSecond: keys.size / seconds, missing: count - keys.size, doubled: starts.length - keys.size };
  });
}
