/**
 * What tasks that are due next week cost an idle service: memory against a service without tasks, processor time, and
 * how fast they are stored. `node bench/idle.js [tasks]`; on MongoDB with MONGODB_URI set. Needs a build and Linux.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Service } from './service.js';

const TASKS = Number(process.argv[2] ?? 100_000);
const BATCH = 1000;
const SETTLE_MS = 10_000;
const WATCH_MS = 30_000;

async function watch(service) {
  await wait(SETTLE_MS);
  const before = await service.processorSeconds();
  await wait(WATCH_MS);
  const busy = (await service.processorSeconds()) - before;
  return { memory: await service.memory(), busyPercent: (busy / (WATCH_MS / 1000)) * 100 };
}

async function store(service) {
  const nextWeek = Date.now() + 7 * 86_400_000;
  const began = performance.now();
  for (let from = 0; from < TASKS; from += BATCH) {
    const tasks = Array.from({ length: Math.min(BATCH, TASKS - from) }, (_, index) => ({
      name: `task ${from + index}`,
      triggers: [{ type: 'once', at: new Date(nextWeek + ((from + index) % 86_400) * 1000).toISOString() }],
      action: { type: 'noop' },
    }));
    await service.call('POST', '/v1/tasks/batch', { tasks });
  }
  return TASKS / ((performance.now() - began) / 1000);
}

async function measure(name, url) {
  const empty = await Service.start(url);
  const without = await watch(empty);
  const perSecond = await store(empty);
  const after = await watch(empty);
  await empty.stop();
  const full = await Service.start(url);
  const restarted = await watch(full);
  await full.stop();
  const figures = { 'without tasks': without, 'after storing them': after, 'after a restart': restarted };
  console.log(
    `${name}: ${TASKS} tasks stored by REST at ${Math.round(perSecond)}/s; restart in ${Math.round(full.startedInMs)} ms`,
  );
  for (const [when, { memory, busyPercent }] of Object.entries(figures)) {
    console.log(
      `  ${when}: ${memory.toFixed(1)} MiB (${(memory - without.memory).toFixed(1)} more), ${busyPercent.toFixed(2)} % of a core`,
    );
  }
}

const folder = await mkdtemp(join(tmpdir(), 'task-runner-bench-'));
await measure('SQLite', `file:${join(folder, 'tasks.db')}`);
await rm(folder, { recursive: true });
if (process.env.MONGODB_URI) {
  await measure('MongoDB', `${process.env.MONGODB_URI.replace(/\/?$/, '/')}task-runner-bench-${Date.now()}`);
}
