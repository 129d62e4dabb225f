// A replica of a host application that has jobs of each second, made in each way in which a start makes them. It reports
// their runs when it is asked.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';
import { Cron, ScheduleModule } from '../../dist/schedule/index.js';
import { doAsAsked } from './do-as-asked.js';

const options = JSON.parse(process.argv[2]);

class Jobs {
  early() {}
  usual() {}
  declared() {}
}
const decorate = (decorator, name) =>
  decorator(Jobs.prototype, name, Object.getOwnPropertyDescriptor(Jobs.prototype, name));
decorate(TaskHandler('early'), 'early');
decorate(TaskHandler('usual'), 'usual');
decorate(Cron('* * * * * *', { name: 'declared' }), 'declared');

class HostModule {
  constructor(scheduler) {
    this.scheduler = scheduler;
  }

  onModuleInit() {
    return this.eachSecond('early');
  }

  onApplicationBootstrap() {
    return this.eachSecond('usual');
  }

  eachSecond(name) {
    const triggers = [{ type: 'cron', expression: '* * * * * *' }];
    return this.scheduler.schedule({ name, triggers, action: { type: 'handler', name } }, { key: name });
  }
}
Reflect.defineMetadata('design:paramtypes', [TaskScheduler], HostModule);
Module({ imports: [TaskRunnerModule.forRoot(options), ScheduleModule.forRoot()], providers: [Jobs] })(HostModule);

const app = await NestFactory.createApplicationContext(HostModule, { logger: ['error', 'warn'] });
const scheduler = app.get(TaskScheduler, { strict: false });

async function report() {
  const found = [];
  for (const { id, definition } of await scheduler.list()) {
    const runs = await scheduler.listRuns({ taskId: id }, { limit: 1000 });
    const times = runs.map(({ scheduledFor, state, latenessMs }) => ({ scheduledFor, state, latenessMs }));
    found.push({ name: definition.name, runs: times });
  }
  return found;
}

doAsAsked(app, { report });
