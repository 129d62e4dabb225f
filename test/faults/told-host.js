// A host application, in a process of its own, that notes in a file what a consumer is told, and dies where it is told to.
import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';
import { STEPS } from '../../dist/domain/lifecycle-message.js';
import { Consumers } from '../../dist/outbox/consumers.js';
import { OutboxLines } from '../../dist/outbox/outbox-lines.js';
import { OutboxStore } from '../../dist/outbox/outbox.store.js';
import { doAsAsked } from './do-as-asked.js';

const { file, dieAt, ...options } = JSON.parse(process.argv[2]);
let endIsTold = false;
const die = () => process.kill(process.pid, 'SIGKILL');

class Host {
  constructor(consumers) {
    this.consumers = consumers;
  }
  onModuleInit() {
    this.consumers.add({
      name: 'file',
      steps: new Set(STEPS),
      batch: { items: 100, bytes: 1_000_000 },
      wants: () => true,
      deliver: (messages) => {
        for (const message of messages) appendFileSync(file, `${JSON.stringify(message)}\n`);
        endIsTold ||= messages.some(({ finishedAt = null }) => finishedAt !== null);
        return Promise.resolve();
      },
    });
  }
}
Reflect.defineMetadata('design:paramtypes', [Consumers], Host);

class Handlers {
  work() {
    return 'done';
  }
  fail() {
    throw new Error('as it should');
  }
}
for (const name of ['work', 'fail'])
  TaskHandler(name)(Handlers.prototype, name, Object.getOwnPropertyDescriptor(Handlers.prototype, name));

class HostModule {}
Module({ imports: [TaskRunnerModule.forRoot(options)], providers: [Handlers, Host] })(HostModule);

const app = await NestFactory.createApplicationContext(HostModule, { logger: ['error'] });
const scheduler = app.get(TaskScheduler, { strict: false });
const ends = (messages) => messages.some(({ message }) => message.runId && message.finishedAt !== null);

// Named points, at which the process is gone from one moment to the next.
const lines = app.get(OutboxLines, { strict: false });
const tell = lines.tell.bind(lines);
if (dieAt === 'before it is told')
  lines.tell = (stream, telling, messages) => (ends(messages) ? die() : tell(stream, telling, messages));
const store = app.get(OutboxStore, { strict: false });
const settle = store.settle.bind(store);
if (dieAt === 'before it is noted that it was told')
  store.settle = (...progress) => (endIsTold ? die() : settle(...progress));

doAsAsked(app, {
  schedule: async ({ task }) => (await scheduler.schedule(task)).id,
  runNow: ({ ids }) => Promise.all(ids.map((id) => scheduler.runNow(id).then((run) => run.id))),
  remove: ({ id }) => scheduler.remove(id),
  states: async ({ ids }) => Promise.all(ids.map(async (id) => (await scheduler.getRun(id)).state)),
});
