/**
 * Measures how long it takes to find the tasks that an event starts, among many that wait for events of its type: the first
 * event after the start (cold), and those that follow (warm); how long it takes until what it starts is stored; and how
 * long one event that starts all of them holds the event loop, by the clock and, where the system tells it, on a CPU. `node bench/events.js [tasks]`, with `STORE_URL` for
 * another store than an SQLite file. Needs a build.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { longestOnCpu } from './machine.js';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { newId } from '../dist/domain/ids.js';
import { TaskMatcher } from '../dist/events/task-matcher.js';
import { TaskRunnerModule, TaskScheduler } from '../dist/index.js';
import { openStorage } from '../dist/storage/open-storage.js';
import { aTask } from '../dist/store/contract/builders.js';
import { told } from './statistics.js';

const TASKS = Number(process.argv[2] ?? 10_000);
const EVENTS = 200;
const AT_ONCE = 1000;
const folder = mkdtempSync(join(tmpdir(), 'events-'));
const storeUrl = process.env.STORE_URL ?? `file:${join(folder, 'tasks.db')}`;
const organization = `bench-${randomUUID()}`;
const encryptionKeys = `bench:${randomBytes(32).toString('base64')}`;

/** Three conditions each, of which the second tells tasks apart. */
const unlike = (index) => ({
  'data.status': 'failed',
  'data.suite': `suite-${index}`,
  'data.duration': { $gte: 0 },
});
/** Every hundredth task cannot be looked up. */
const mixed = (index) => (index % 100 === 99 ? plain(index) : unlike(index));
/** Nothing by which they could be looked up. */
const plain = (index) => ({ 'data.duration': { $gt: 1000 + index }, 'data.status': { $ne: 'passed' } });

const waiting = (event, filter) => (index) =>
  aTask({
    ...{ id: newId(Date.now()), organization, next: null, createdAt: Date.now() - 1000 },
    definition: {
      ...{ name: `Task ${index}`, overlap: 'allow', action: { type: 'noop' } },
      triggers: [{ type: 'event', event, ...(filter && { filter: filter(index) }) }],
    },
  });

async function store(make) {
  const { ports, close } = await openStorage(storeUrl);
  const tasks = Array.from({ length: TASKS }, (_, index) => make(index));
  for (let at = 0; at < TASKS; at += AT_ONCE) await ports.tasks.insert(tasks.slice(at, at + AT_ONCE));
  await close();
}

async function timed(work) {
  const from = performance.now();
  const result = await work();
  return { ms: performance.now() - from, result };
}

async function booted() {
  class Application {}
  const runner = TaskRunnerModule.forRoot({ storeUrl, encryptionKeys, engine: { eventDescendants: 2 * TASKS } });
  const context = await NestFactory.createApplicationContext(
    { module: Application, imports: [runner] },
    { logger: ['error'] },
  );
  const find = { strict: false };
  const scheduler = context.get(TaskScheduler, find).for(organization);
  return { scheduler, matcher: context.get(TaskMatcher, find), close: () => context.close() };
}

async function looked({ matcher }, type, data) {
  const event = { id: randomUUID(), type, data, receivedAt: Date.now() };
  const looking = { organization, event, isDone: false, allowance: 2 * TASKS, isTooDeep: false };
  return timed(() => matcher.look(looking, undefined, 524_288));
}

async function measure(what, type, dataOf, events) {
  const runner = await booted();
  const first = await looked(runner, type, dataOf(0));
  console.log(`${what}, found cold: ${first.ms.toFixed(2)} ms (${first.result.triggered.length} tasks)`);
  const warm = [];
  for (let index = 1; index <= events; index++) warm.push((await looked(runner, type, dataOf(index))).ms);
  told(`${what}, found warm`, warm, 2);
  const raised = [];
  for (let index = 1; index <= events; index++)
    raised.push((await timed(() => runner.scheduler.raise(type, dataOf(index)))).ms);
  told(`${what}, from raised to its run stored`, raised, 2);
  await runner.close();
}

async function measureAll() {
  const runner = await booted();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  delay.enable();
  const onCpu = longestOnCpu();
  const { ms, result } = await timed(() => runner.scheduler.raise('all', {}));
  delay.disable();
  const cpu = onCpu()?.toFixed(1) ?? '?';
  console.log(
    `One event that starts ${result.runs.length} tasks: ${ms.toFixed(0)} ms, and held the loop for ${(delay.max / 1e6).toFixed(1)} ms at the most, ${cpu} ms of them on a CPU`,
  );
  await runner.close();
}

try {
  console.log(`Store: ${storeUrl.split(':')[0]}, ${TASKS} tasks of one organization`);
  await store(waiting('indexed', unlike));
  const data = (index) => ({ status: 'failed', suite: `suite-${(index * 100) % TASKS}`, duration: 1 });
  await measure('By what it looks like', 'indexed', data, EVENTS);
  await store(waiting('mixed', mixed));
  await measure('With a hundredth compared', 'mixed', data, EVENTS);
  await store(waiting('plain', plain));
  await measure('Compared with each', 'plain', () => ({ status: 'failed', duration: 1 }), 10);
  await store(waiting('all'));
  await measureAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
