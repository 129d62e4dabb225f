// An application on the compiled package whose handlers work in threads; prints what became of their runs.
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';

const moduleOf = (body) =>
  new URL(`data:text/javascript,${encodeURIComponent(`export default (input, context) => { ${body} }`)}`);
const folder = await mkdtemp(join(tmpdir(), 'threads-'));

class Heavy {
  spin() {}
  sum({ parameters }) {
    return { upTo: parameters.upTo };
  }
  light() {}
}
const declare = (name, options) =>
  TaskHandler(name, options)(Heavy.prototype, name, Object.getOwnPropertyDescriptor(Heavy.prototype, name));
declare('spin', { thread: moduleOf('for (;;);') });
declare('sum', {
  thread: moduleOf(
    'let sum = 0; for (let n = 1; n <= input.upTo; n++) sum += n; context.log("info", "added"); return sum;',
  ),
});
declare('light');

class App {}
const threads = { max: 2, graceMs: 100 };
Module({
  imports: [
    TaskRunnerModule.forRoot({ storeUrl: `file:${join(folder, 'tasks.db')}`, threads, engine: { shutdownGraceMs: 0 } }),
  ],
  providers: [Heavy],
})(App);

const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
const scheduler = app.get(TaskScheduler);
const schedule = (name, more = {}) =>
  scheduler.schedule({
    name,
    triggers: [{ type: 'manual' }],
    action: { type: 'handler', name },
    retry: { maxAttempts: 1 },
    ...more,
  });
const until = async (id, isIt) => {
  for (;;) {
    const run = await scheduler.getRun(id);
    if (isIt(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const ended = (id) => until(id, ({ finishedAt }) => finishedAt !== null);

const spin = await schedule('spin', { timeoutMs: 1500, overlap: 'queue' });
const sum = await schedule('sum', { parameters: { upTo: 1000 } });
const light = await schedule('light', { triggers: [{ type: 'interval', everyMs: 100 }], overlap: 'allow' });

const first = await scheduler.runNow(spin.id);
const timedOut = await ended(first.id);
// It waits for the end of the former one, and then has a thread.
const second = await scheduler.runNow(spin.id);
await until(second.id, ({ state }) => state === 'running');
await scheduler.cancelRun(second.id);
const cancelled = await ended(second.id);
const added = await ended((await scheduler.runNow(sum.id)).id);
const lightRuns = await scheduler.listRuns({ taskId: light.id, state: 'succeeded' });
const third = await scheduler.runNow(spin.id);
await until(third.id, ({ state }) => state === 'running');
await app.close();
await rm(folder, { recursive: true });
const closedAt = Date.now();
process.on('exit', () =>
  console.log(
    JSON.stringify({
      timedOut: { state: timedOut.state, tookMs: timedOut.finishedAt - timedOut.startedAt },
      cancelled: cancelled.state,
      added: { state: added.state, output: added.output },
      lateness: lightRuns.map(({ latenessMs }) => latenessMs),
      endMs: Date.now() - closedAt,
    }),
  ),
);
