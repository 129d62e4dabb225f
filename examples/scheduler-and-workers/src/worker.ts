import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, type HandlerContext } from 'scheduled-task-runner';

@Injectable()
class Reports {
  @TaskHandler('report')
  report({ run }: HandlerContext): string {
    const at = run.scheduledFor.toISOString();
    console.log(`report ${at} by ${process.pid}`);
    return at;
  }
}

const storeUrl = process.env['STORE_URL'] ?? 'file:./data/tasks.db';

@Module({ imports: [TaskRunnerModule.forRoot({ storeUrl })], providers: [Reports] })
class WorkerModule {}

/** Runs what the scheduler has scheduled. Start as many as there is work for. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['warn', 'error'] });
  app.enableShutdownHooks();
}

void main();
