// A host application, in a process of its own, with handlers of given names, which does what it is asked for.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';
import { HandlerRegistry } from '../../dist/integrations/handler/handler-registry.js';
import { doAsAsked } from './do-as-asked.js';

const { handlers = [], ...options } = JSON.parse(process.argv[2]);

class Handlers {}
for (const name of handlers) {
  Handlers.prototype[name] = () => name;
  TaskHandler(name)(Handlers.prototype, name, Object.getOwnPropertyDescriptor(Handlers.prototype, name));
}

class HostModule {}
Module({ imports: [TaskRunnerModule.forRoot(options)], providers: [Handlers] })(HostModule);

const app = await NestFactory.createApplicationContext(HostModule, { logger: ['error', 'warn'] });
const scheduler = app.get(TaskScheduler, { strict: false });
const runs = [];

async function report() {
  const tasks = await scheduler.list({}, { limit: 1000 });
  for (const { id } of tasks) runs.push(...(await scheduler.listRuns({ taskId: id }, { limit: 1000 })));
  return runs.splice(0).map(({ state, attempts, latenessMs, startedAt, owner, id }) => ({
    id,
    state,
    latenessMs,
    startedAt,
    owner,
    attempts: attempts.map(({ outcome }) => outcome),
  }));
}

doAsAsked(app, {
  schedule: async ({ tasks }) => {
    const ids = [];
    for (const task of tasks) ids.push((await scheduler.schedule(task)).id);
    return ids;
  },
  runNow: async ({ ids, times }) => {
    for (const id of ids) for (let count = 0; count < times; count++) await scheduler.runNow(id);
  },
  lose: ({ name }) => app.get(HandlerRegistry, { strict: false }).unregister(name),
  report,
});
