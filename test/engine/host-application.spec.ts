import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { LifecycleEvents, TaskHandler, TaskRunnerModule, TaskScheduler, type HandlerContext } from '../../src/index.js';

const STORE_URL = Symbol('STORE_URL');

@Injectable()
class Reports {
  readonly made: string[] = [];
  readonly heard: unknown[] = [];
  ticks = 0;

  @TaskHandler('report')
  make({ parameters, run }: HandlerContext): { made: number } {
    this.made.push(`${parameters['kind'] as string} ${run.scheduledFor.toISOString()}`);
    return { made: this.made.length };
  }

  @OnEvent('**')
  hear(event: unknown): void {
    this.heard.push(event);
  }

  @Interval('own', 100)
  tick(): void {
    this.ticks++;
  }
}

@Module({})
class SettingsModule {
  static at(storeUrl: string) {
    return { module: SettingsModule, providers: [{ provide: STORE_URL, useValue: storeUrl }], exports: [STORE_URL] };
  }
}

const hostModule = (storeUrl: string) => {
  const settings = SettingsModule.at(storeUrl);
  @Module({
    imports: [
      EventEmitterModule.forRoot({ wildcard: true }),
      ScheduleModule.forRoot(),
      TaskRunnerModule.forRootAsync({
        imports: [settings],
        inject: [STORE_URL],
        useFactory: (url: string) => ({ storeUrl: url }),
      }),
    ],
    providers: [Reports],
  })
  class HostModule {}
  return HostModule;
};

it('runs a task each second inside a host application, without an HTTP server', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'task-runner-host-'));
  const listening = jest.spyOn((await import('node:net')).Server.prototype, 'listen');
  const application = await NestFactory.createApplicationContext(hostModule(`file:${join(directory, 'tasks.db')}`), {
    logger: false,
    abortOnError: false,
  });
  try {
    const events = application.get(LifecycleEvents, { strict: false });
    const reports = application.get(Reports);
    const scheduler = application.get(TaskScheduler);
    const first = events.next('run.finished');
    const task = await scheduler.schedule({
      name: 'report',
      triggers: [{ type: 'cron', expression: '* * * * * *' }],
      action: { type: 'handler', name: 'report' },
      parameters: { kind: 'daily' },
    });
    const { run } = await first;
    const { run: second } = await events.next('run.finished');
    expect([run, second]).toMatchObject([
      { taskId: task.id, state: 'succeeded', output: { made: 1 } },
      { taskId: task.id, state: 'succeeded', output: { made: 2 } },
    ]);
    expect(second.scheduledFor - run.scheduledFor).toBe(1000);
    expect(reports.made[0]).toBe(`daily ${new Date(run.scheduledFor).toISOString()}`);
    expect(reports.heard).toEqual([]);
    expect(application.get(EventEmitter2).emit('own', 'hello')).toBe(true);
    expect(reports.heard).toEqual(['hello']);
    expect(application.get(SchedulerRegistry).getIntervals()).toEqual(['own']);
    expect([...application.get(SchedulerRegistry).getCronJobs().keys()]).toEqual([]);
    expect(reports.ticks).toBeGreaterThan(5);
    expect(listening).not.toHaveBeenCalled();
  } finally {
    listening.mockRestore();
    await application.close();
    await rm(directory, { recursive: true, force: true });
  }
});
