import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskScheduler } from '../../src/index.js';
import { Cron, Interval, ScheduleJobs, ScheduleModule, SchedulerRegistry } from '../../src/schedule/index.js';

/** A host that knows nothing of the runner but the import. `heard` is told of each start. */
function hostOf(storeUrl: string, heard: (job: string) => void) {
  @Injectable()
  class Jobs {
    @Interval('pulse', 100)
    pulse(): void {
      heard('pulse');
    }

    @Interval('cache', 50, { cluster: false })
    refresh(): void {
      heard('cache');
    }

    @Cron('0 0 1 1 *', { disabled: true })
    yearly(): void {}
  }
  @Module({ imports: [ScheduleModule.forRoot({ runner: { storeUrl } })], providers: [Jobs] })
  class Host {}
  return NestFactory.createApplicationContext(Host, { logger: false, abortOnError: false });
}

it('shares the jobs of hosts that import no runner, each of which brings one up', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'task-runner-schedule-'));
  const heard: string[] = [];
  let heardEnough: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (heardEnough = resolve));
  const hear = (job: string) => {
    heard.push(job);
    if (heard.filter((each) => each === 'pulse').length === 5) heardEnough();
  };
  const hosts = [];
  try {
    for (let i = 0; i < 2; i++) hosts.push(await hostOf(`file:${join(directory, 'tasks.db')}`, hear));
    await enough;
    const [host] = hosts;
    expect(() => host!.get(TaskScheduler, { strict: false })).toThrow('TaskScheduler');
    expect(host!.get(SchedulerRegistry).getIntervals()).toEqual(['cache', 'pulse']);
    const jobs = await host!.get(ScheduleJobs).diff();
    expect(jobs.map(({ name, act }) => [name, act])).toEqual([
      ['pulse', 'keep'],
      ['Jobs.yearly', 'keep'],
    ]);
    expect(heard).toContain('cache');
  } finally {
    for (const host of hosts) await host.close();
    await rm(directory, { recursive: true, force: true });
  }
  const atTheEnd = heard.length;
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toHaveLength(atTheEnd);
});

it('opens no store where no job is shared', async () => {
  @Injectable()
  class Jobs {
    @Interval(1000, { cluster: false })
    refresh(): void {}
  }
  @Module({
    imports: [ScheduleModule.forRoot({ runner: { storeUrl: 'file:/no/such/folder/tasks.db' } })],
    providers: [Jobs],
  })
  class Host {}
  const host = await NestFactory.createApplicationContext(Host, { logger: false, abortOnError: false });
  expect(host.get(SchedulerRegistry).getIntervals()).toEqual(['Jobs.refresh']);
  expect(await host.get(ScheduleJobs).diff()).toEqual([]);
  await host.close();
});
