import { expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { SchedulerRegistry as UpstreamRegistry } from '@nestjs/schedule';
import { CronJob, CronTime } from 'cron';
import {
  Cron,
  Interval,
  ScheduleJobs,
  ScheduleModule,
  SchedulerRegistry,
  Timeout,
  type CronOptions,
  type ScheduleModuleOptions,
} from '../../src/schedule/index.js';
import type { Task } from '../../src/domain/task.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, type EngineWorld } from '../support/engine-world.js';

/** One call of a job: which instance made it, when, and with how many arguments. */
interface Heard {
  job: string;
  instance: string;
  after: number;
  given: number;
}

/** What a build of the application declares, besides the two jobs that all builds have. */
interface Build {
  /** The time between the starts of `pulse`, in ms: long where a test lets minutes pass. */
  pulseMs?: number;
  daily?: [expression: string | Date, options?: CronOptions] | null;
  options?: ScheduleModuleOptions;
  failing?: boolean;
}

const KEPT: Build['daily'] = ['*/5 * * * * *', { timeZone: 'UTC' }];

/** The replicas of an application, all on one store. */
class Replicas {
  readonly heard: Heard[] = [];
  /** Ends the runs of `slow`. */
  readonly ends: Array<() => void> = [];

  constructor(private readonly world: EngineWorld) {}

  boot({ pulseMs = 2000, daily = KEPT, options, failing = false }: Build = {}): Promise<EngineInstance> {
    const label = String.fromCharCode(97 + this.world.instances.length);
    const hear = (job: string, given: number) => {
      this.heard.push({ job, instance: label, after: this.world.clock.now() - T0, given });
      if (failing) throw new TypeError(`${job} went wrong`);
    };
    const { ends } = this;

    @Injectable()
    class Reports {
      @Interval('pulse', pulseMs)
      pulse(...given: unknown[]): void {
        hear('pulse', given.length);
      }

      @Cron('*/3 * * * * *', { timeZone: 'UTC', waitForCompletion: true, name: 'slow' })
      async slow(...given: unknown[]): Promise<void> {
        hear('slow', given.length);
        await new Promise<void>((resolve) => ends.push(resolve));
      }

      daily(...given: unknown[]): void {
        hear('daily', given.length);
      }
    }
    if (daily) {
      const method = Object.getOwnPropertyDescriptor(Reports.prototype, 'daily')!;
      Cron(...daily)(Reports.prototype, 'daily', method);
    }
    const host = { imports: [ScheduleModule.forRoot(options)], providers: [Reports] };
    return this.world.boot({ host });
  }

  /** Starts a replica that changes a task: it waits until nothing of the old definition can start, so time goes on. */
  reboot(build: Build = {}): Promise<EngineInstance> {
    return this.world.done(this.boot(build));
  }

  of(job: string): Heard[] {
    return this.heard.filter((each) => each.job === job);
  }

  starts(job: string): number[] {
    return this.of(job).map(({ after }) => after);
  }
}

const registryOf = ({ module }: EngineInstance) => module.get(SchedulerRegistry, { strict: false });
const jobsOf = ({ module }: EngineInstance) => module.get(ScheduleJobs, { strict: false });
const dailyOf = (instance: EngineInstance) => registryOf(instance).getCronJob('Reports.daily');
const tasksOf = ({ scheduler }: EngineInstance): Promise<Task[]> => scheduler.list({ tag: 'schedule:default' });
const dailyTask = async (instance: EngineInstance): Promise<Task | undefined> =>
  (await tasksOf(instance)).find(({ definition }) => definition.name === 'Reports.daily');

describeEngine('the jobs of an application with two replicas', (world) => {
  it('start once per occurrence, with a history, without an argument', async () => {
    const replicas = new Replicas(world());
    const [a] = [await replicas.boot(), await replicas.boot()];
    await world().advance(20_500);
    expect(replicas.starts('daily')).toEqual([5000, 10_000, 15_000, 20_000]);
    expect(replicas.starts('pulse')).toHaveLength(10);
    expect(replicas.heard.filter(({ given }) => given > 0)).toEqual([]);
    const task = (await dailyTask(a))!;
    const runs = await world().runsOf(task);
    expect(runs.map(({ state, attempts }) => [state, attempts.length])).toEqual(runs.map(() => ['succeeded', 1]));
    expect(runs).toHaveLength(4);
    expect(task.definition).toMatchObject({ overlap: 'allow', retry: { maxAttempts: 1 }, onCrash: 'fail' });
    expect(await tasksOf(a)).toHaveLength(3);
  });

  it('skip what comes while the run before goes on, where the code waits for completion', async () => {
    const replicas = new Replicas(world());
    const [a, b] = [await replicas.boot(), await replicas.boot()];
    await world().advance(10_000);
    expect(replicas.starts('slow')).toEqual([3000]);
    const running = [a, b].map((each) => registryOf(each).getCronJob('slow').isCallbackRunning);
    expect(running.filter(Boolean)).toHaveLength(1);
    replicas.ends.splice(0).forEach((end) => end());
    await world().advance(3000);
    expect(replicas.starts('slow')).toEqual([3000, 12_000]);
    replicas.ends.splice(0).forEach((end) => end());
    await world().settle();
  });

  it('log what goes wrong with its stack, fail the run, and are not tried again', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot({ failing: true });
    await world().advance(5500);
    expect(replicas.starts('daily')).toEqual([5000]);
    const [run] = await world().runsOf((await dailyTask(a))!);
    expect(run).toMatchObject({ state: 'failed', attempt: 1 });
    expect(
      world().logged.filter((line) => line.includes('daily went wrong') && line.includes('Scheduler')),
    ).toHaveLength(1);
  });

  it('answer as the jobs of cron do', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot();
    const job = dailyOf(a);
    expect(job).toBeInstanceOf(CronJob);
    expect(a.module.get(UpstreamRegistry, { strict: false })).toBe(registryOf(a));
    expect([job.isActive, job.isCallbackRunning, job.lastDate()]).toEqual([true, false, null]);
    expect(job.nextDates(2).map((date) => date.toMillis() % 5000)).toEqual([0, 0]);
    let added = 0;
    job.addCallback(() => void added++);
    await world().advance(5500);
    expect(job.lastDate()).toEqual(new Date(T0 + 5000));
    expect([added, replicas.starts('daily').length]).toEqual([1, 1]);
    await world().done(job.fireOnTick());
    await world().settle();
    expect(replicas.starts('daily')).toEqual([5000, 5500]);
    expect(() => job.setTime('* * * * *' as unknown as CronTime)).toThrow('time must be an instance of CronTime.');
    expect(registryOf(a).getIntervals()).toEqual(['pulse']);
    expect(() => registryOf(a).getCronJob('nobody')).toThrow('No Cron Job was found with the given name (nobody).');
  });

  it('stop, start and change for the whole cluster', async () => {
    const replicas = new Replicas(world());
    const [a, b] = [await replicas.boot(), await replicas.boot()];
    void dailyOf(a).stop();
    await world().advance(6000);
    expect(replicas.starts('daily')).toEqual([]);
    await world().advance(30_000);
    expect(dailyOf(b).isActive).toBe(false);
    dailyOf(b).start();
    await world().advance(5000);
    expect(replicas.starts('daily')).toEqual([40_000]);
    dailyOf(a).setTime(new CronTime('0 * * * * *', 'UTC'));
    await world().advance(20_000);
    expect(replicas.starts('daily')).toEqual([40_000, 60_000]);
    registryOf(b).deleteInterval('pulse');
    await world().advance(1000);
    const pulses = replicas.starts('pulse').length;
    await world().advance(10_000);
    expect(replicas.starts('pulse')).toHaveLength(pulses);
  });

  it('notice at their next turn that somebody cleared the timer of an interval', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot();
    clearInterval(registryOf(a).getInterval('pulse'));
    await world().advance(10_000);
    expect(replicas.starts('pulse')).toEqual([]);
    const [pulse] = (await tasksOf(a)).filter(({ definition }) => definition.name === 'pulse');
    expect(pulse).toMatchObject({ state: 'paused', pausedReason: 'stopped by its application' });
  });

  it('go on in the other replicas when one of them shuts down', async () => {
    const replicas = new Replicas(world());
    const [a, b] = [await replicas.boot(), await replicas.boot()];
    const job = dailyOf(a);
    await world().done(a.stop());
    expect(registryOf(a).getCronJobs().size).toBe(0);
    expect(job.isActive).toBe(false);
    expect(await dailyTask(b)).toMatchObject({ state: 'active' });
    await world().advance(5500);
    expect(replicas.of('daily')).toEqual([expect.objectContaining({ instance: 'b', after: 5000 })]);
  });

  it('are registered and wait for their start where they are disabled', async () => {
    const replicas = new Replicas(world());
    const build: Build = { daily: ['* * * * * *', { timeZone: 'UTC', disabled: true }] };
    const [a] = [await replicas.boot(build), await replicas.boot(build)];
    expect(dailyOf(a).isActive).toBe(false);
    await world().advance(3000);
    expect(replicas.starts('daily')).toEqual([]);
    dailyOf(a).start();
    await world().advance(2500);
    expect(replicas.starts('daily').length).toBeGreaterThanOrEqual(1);
    await replicas.reboot({ daily: ['* * * * * *', { timeZone: 'UTC' }] });
    expect(await dailyTask(a)).toMatchObject({ state: 'active' });
    await replicas.reboot({ daily: ['* * * * * *', { timeZone: 'UTC', disabled: true, priority: 6 }] });
    expect(await dailyTask(a)).toMatchObject({ state: 'paused' });
  });

  it('once per deployment: timeouts, where the deployment has a name', async () => {
    const heard: string[] = [];
    const boot = (deployment?: string) => {
      @Injectable()
      class Warm {
        @Timeout('warm', 3000)
        warm(): void {
          heard.push(deployment ?? 'process');
        }
      }
      const imports = [ScheduleModule.forRoot(deployment ? { deployment } : {})];
      return world().boot({ host: { imports, providers: [Warm] } });
    };
    await boot('v1');
    await world().advance(1000);
    await boot('v1');
    await world().advance(10_000);
    await boot('v1');
    await world().advance(10_000);
    expect(heard).toEqual(['v1']);
    const c = await boot('v2');
    expect(registryOf(c).getTimeouts()).toEqual(['warm']);
    await world().advance(10_000);
    expect(heard).toEqual(['v1', 'v2']);
    const d = await boot();
    expect(registryOf(d).getTimeouts()).toEqual(['warm']);
    expect(await tasksOf(d)).toHaveLength(2);
  });
});

describeEngine('the code and the store', (world) => {
  const later: Build = { pulseMs: 60_000, daily: ['*/10 * * * * *', { timeZone: 'UTC', retry: { maxAttempts: 2 } }] };

  it('agree after a start: a changed job changes its task, and keeps what people did', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot();
    const before = (await dailyTask(a))!;
    await a.scheduler.change(before.id, { priority: 9 });
    await a.scheduler.pause(before.id, 'by hand');
    const b = await replicas.boot();
    expect(await dailyTask(b)).toMatchObject({ state: 'paused', definition: { priority: 9 } });
    const c = await replicas.reboot(later);
    expect(await dailyTask(c)).toMatchObject({
      id: before.id,
      state: 'paused',
      pausedReason: 'by hand',
      definition: { priority: 5, retry: { maxAttempts: 2 }, triggers: [{ expression: '0,10,20,30,40,50 * * * * *' }] },
    });
  });

  it('start what code had stopped', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot();
    void dailyOf(a).stop();
    await world().until(async () => (await dailyTask(a))?.state === 'paused');
    const b = await replicas.reboot();
    expect(dailyOf(b).isActive).toBe(true);
    expect(await dailyTask(a)).toMatchObject({ state: 'active' });
  });

  it('stay as the newer build wants it when an older replica starts again, until the newer build is gone', async () => {
    const replicas = new Replicas(world());
    const rare = { pulseMs: 60_000 };
    const a = await replicas.boot(rare);
    const b = await replicas.reboot(later);
    const older = await replicas.reboot(rare);
    const every10 = { definition: { triggers: [{ expression: '0,10,20,30,40,50 * * * * *' }] } };
    expect(await dailyTask(older)).toMatchObject(every10);
    await world().advance(120_000);
    expect(await dailyTask(a)).toMatchObject(every10);
    expect((await jobsOf(older).diff()).find(({ name }) => name === 'Reports.daily')).toMatchObject({ act: 'wait' });
    await world().done(b.stop());
    await world().advance(120_000);
    expect(await dailyTask(a)).toMatchObject({ definition: { triggers: [{ expression: '0,5,10,15,20,25,30,35,40,45,50,55 * * * * *' }] } }); // prettier-ignore
  });

  it('lose a task whose code is gone, but only when no replica has the code for some time', async () => {
    const replicas = new Replicas(world());
    const build = { pulseMs: 60_000, options: { retireAfterMs: 60_000 } };
    const a = await replicas.boot(build);
    const b = await replicas.boot({ ...build, daily: null });
    expect(await jobsOf(b).diff()).toContainEqual(expect.objectContaining({ name: 'Reports.daily', act: 'retire' }));
    await world().advance(180_000);
    expect(await dailyTask(b)).toBeDefined();
    await world().done(a.stop());
    await world().advance(60_000);
    expect(await dailyTask(b)).toBeDefined();
    await world().advance(90_000);
    expect(await dailyTask(b)).toBeUndefined();
    expect(await tasksOf(b)).toHaveLength(2);
    const again = await replicas.boot(build);
    const starts = replicas.starts('daily').length;
    await world().advance(5500);
    expect(await dailyTask(again)).toBeDefined();
    expect(replicas.starts('daily').length).toBeGreaterThan(starts);
  });

  it('leave the tasks of other applications and of people alone', async () => {
    const replicas = new Replicas(world());
    const options = { retireAfterMs: 1000, application: 'shop' };
    const a = await replicas.boot({ options: { ...options, application: 'billing' } });
    await world().done(a.stop());
    const b = await replicas.boot({ daily: null, options });
    await b.scheduler.schedule({ name: 'own', triggers: [{ type: 'manual' }], action: { type: 'noop' } });
    await world().advance(120_000);
    expect(await b.scheduler.list({ tag: 'schedule:billing' })).toHaveLength(3);
    expect(await b.scheduler.list()).toHaveLength(6);
  });

  it('differ as a dry run tells, which changes nothing', async () => {
    const replicas = new Replicas(world());
    const a = await replicas.boot({ pulseMs: 60_000, daily: null });
    const before = await tasksOf(a);
    const b = await replicas.boot({ pulseMs: 60_000, options: { dryRun: true } });
    await world().advance(60_000);
    expect((await tasksOf(a)).map(({ id, generation }) => [id, generation])).toEqual(
      before.map(({ id, generation }) => [id, generation]),
    );
    expect(await jobsOf(b).diff()).toEqual(
      ['pulse', 'slow', 'Reports.daily'].map((name) =>
        expect.objectContaining({ name, act: name === 'Reports.daily' ? 'create' : 'keep', members: [] }),
      ),
    );
    expect(world().logged.filter((line) => line.includes('Dry run: cron Reports.daily is new'))).toHaveLength(1);
  });
});
