import 'reflect-metadata';
import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskRunnerModule, TaskScheduler } from 'scheduled-task-runner';

@Injectable()
class Plans implements OnApplicationBootstrap {
  constructor(private readonly scheduler: TaskScheduler) {}

  /** This process has no handler; whoever has it runs the task. */
  async onApplicationBootstrap(): Promise<void> {
    await this.scheduler.schedule(
      {
        name: 'report of each second',
        action: { type: 'handler', name: 'report' },
        triggers: [{ type: 'interval', everyMs: 1000 }],
      },
      { key: 'report' },
    );
    console.log(`scheduled by ${process.pid}`);
  }
}

const storeUrl = process.env['STORE_URL'] ?? 'file:./data/tasks.db';

@Module({ imports: [TaskRunnerModule.forRoot({ storeUrl, engine: { work: false } })], providers: [Plans] })
class SchedulerModule {}

/** Schedules, and runs nothing: an API server, for instance, whose requests no task should slow down. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(SchedulerModule, { logger: ['warn', 'error'] });
  app.enableShutdownHooks();
}

void main();
