// A host application, in a process of its own, with a handler that computes without a pause. It writes a line of JSON
// for each start, and one for each run of its own tasks when all have ended. A neighbour process has the same handlers
// and schedules nothing.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';

const { storeUrl, redisUrl, encryptionKeys, engine, blockMs, isNeighbour } = JSON.parse(process.argv[2]);
const say = (line) => console.log(JSON.stringify(line));

class Handlers {
  busy({ run }) {
    say({ started: 'busy', attempt: run.attempt });
    for (const end = performance.now() + blockMs; performance.now() < end;);
    return 'computed';
  }

  async calm({ run, signal }) {
    say({ started: 'calm', attempt: run.attempt });
    await sleep(blockMs + 1500);
    return signal.aborted ? 'disturbed' : 'calm';
  }
}
for (const name of ['busy', 'calm']) {
  TaskHandler(name)(Handlers.prototype, name, Object.getOwnPropertyDescriptor(Handlers.prototype, name));
}

class HostModule {}

const module = {
  module: HostModule,
  imports: [
    TaskRunnerModule.forRoot({ storeUrl, redisUrl, locks: redisUrl ? 'redis' : 'store', encryptionKeys, engine }),
  ],
  providers: [Handlers],
};
const app = await NestFactory.createApplicationContext(module, { logger: ['error', 'warn'] });
app.enableShutdownHooks(['SIGTERM']);
say({ ready: true });

if (!isNeighbour) {
  const scheduler = app.get(TaskScheduler, { strict: false });
  const runs = [];
  for (const name of ['calm', 'busy']) {
    const task = await scheduler.schedule({
      name,
      triggers: [{ type: 'manual' }],
      action: { type: 'handler', name },
      timeoutMs: 120_000,
    });
    runs.push(await scheduler.runNow(task.id));
  }
  const unfinished = ['pending', 'running', 'retrying'];
  for (const { id } of runs) {
    let run = await scheduler.getRun(id);
    for (; unfinished.includes(run.state); run = await scheduler.getRun(id)) await sleep(100);
    say({ ended: run.state, output: run.output, attempts: run.attempts.map(({ outcome }) => outcome) });
  }
  await app.close();
  say({ closed: true });
}
