import { setTimeout as reallySleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  Clock,
  getTaskSchedulerToken,
  LifecycleEvents,
  TaskHandler,
  TaskRunnerModule,
  type HandlerContext,
  type TaskInput,
  type TaskScheduler,
} from '../../src/index.js';
import { SettingsService } from '../../src/organizations/settings.service.js';
import { TestRunner, type TestRunnerOptions } from '../../src/testing/index.js';
import { cron, taskOf, Texts, Work, WorkModule } from './test-application.js';

const NOW = '2026-01-01T00:00:00Z';
const MINUTE_MS = 60_000;

let runner: TestRunner;
afterEach(() => runner?.close());

async function begin(options: Partial<TestRunnerOptions> = {}): Promise<TestRunner> {
  runner = await TestRunner.create({ imports: [WorkModule], now: NOW, ...options });
  return runner;
}

/** The instants of its runs. */
const ranAt = (called: string): string[] =>
  runner.runs(called).map(({ scheduledFor }) => new Date(scheduledFor).toISOString());
const schedule = (handler: string, task?: Partial<TaskInput>) => runner.scheduler.schedule(taskOf(handler, task));

describe('time of a test', () => {
  it('leaps from the last business day of a month to that of the next', async () => {
    await begin();
    const rule = 'DTSTART:20260101T170000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1';
    await schedule('plain', { triggers: [{ type: 'rrule', rule }] });
    await runner.advanceTo('2026-01-30T16:59:59.999Z');
    runner.expectNotRan('plain');
    await runner.advanceTo('2026-01-30T17:00:00Z');
    runner.expectRan('plain', { times: 1, at: '2026-01-30T17:00:00Z' });
    await runner.advanceTo('2026-06-01');
    expect(ranAt('plain').map((at) => at.slice(0, 10))).toEqual([
      ...['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29'],
    ]);
    expect(runner.runs().every(({ latenessMs }) => latenessMs === 0)).toBe(true);
  });

  it('passes a year of a daily job with each of its runs, in a zone with two changes of the clocks', async () => {
    await begin();
    await schedule('plain', { triggers: cron('30 2 * * *', 'Europe/Berlin') });
    await runner.advanceTo('2027-01-01T00:00:00Z');
    runner.expectRan('plain', { times: 365 });
    runner.expectNoFailures();
    expect(ranAt('plain')).toEqual(expect.arrayContaining(['2026-03-29T01:00:00.000Z', '2026-10-25T00:30:00.000Z']));
    expect(runner.get(Work).notes.every((note) => note.split(' ')[1] === note.split(' ')[2])).toBe(true);
  });

  it('stands while a handler works on something else, and goes on while it waits for the clock', async () => {
    await begin();
    await schedule('reading', { triggers: cron('0 * * * *') });
    await schedule('sleeping', { triggers: cron('0 * * * *'), parameters: { ms: 45_000 } });
    await runner.advanceTo('2026-01-01T02:00:30Z');
    const at = (time: string) => `2026-01-01T${time}.000Z`;
    expect(runner.get(Work).notes).toEqual([
      `reading ${at('01:00:00')} ${at('01:00:00')}`,
      `sleeping ${at('01:00:00')} ${at('01:00:45')}`,
      `reading ${at('02:00:00')} ${at('02:00:00')}`,
    ]);
    expect(runner.runs('sleeping').map(({ state }) => state)).toEqual(['succeeded', 'running']);
    await runner.finish('sleeping');
    expect(runner.now.toISOString()).toBe(at('02:00:45'));
    runner.expectRan('sleeping', { times: 2 });
  });

  it('does what is due now, and nothing else, when it is told so', async () => {
    await begin();
    const task = await schedule('plain', { triggers: [...cron('0 0 * * *'), { type: 'event', event: 'order' }] });
    await runner.scheduler.runNow(task.id);
    await runner.scheduler.raise('order', { number: 1 });
    await runner.runDue();
    expect(runner.runs('plain').map(({ trigger, state }) => [trigger, state])).toEqual(
      expect.arrayContaining([
        ['manual', 'succeeded'],
        ['event', 'succeeded'],
      ]),
    );
    expect(runner.now.toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(await runner.advanceToNext('plain')).toEqual(new Date('2026-01-02T00:00:00Z'));
    runner.expectRan('plain', { times: 3 });
  });

  it('tells each move before what is due then, so that other clocks move with it', async () => {
    let elsewhere = Date.parse(NOW);
    const differences: number[] = [];
    await begin({
      onMove: (now, byMs) => {
        elsewhere += byMs;
        differences.push(elsewhere - now.getTime());
      },
    });
    runner.get(LifecycleEvents).on('run.started', ({ run }) => differences.push(elsewhere - run.dueAt));
    await schedule('plain', { triggers: cron('*/10 * * * *') });
    await runner.advanceBy(60 * MINUTE_MS);
    runner.expectRan('plain', { times: 6 });
    expect(new Set(differences)).toEqual(new Set([0]));
  });

  it('takes faked timers along, also those that a handler waits for', async () => {
    jest.useFakeTimers({ now: Date.parse(NOW), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      await begin({ patienceMs: 0, stepMs: 1000, logger: SILENT, onMove: (_, byMs) => jest.advanceTimersByTime(byMs) });
      await schedule('timing', { triggers: cron('0 9 * * *') });
      await runner.advanceTo('2026-01-02T00:00:00Z');
      runner.expectRan('timing', { times: 1 });
      expect(runner.runs()[0]).toMatchObject({ output: '2026-01-01T09:00:05.000Z' });
    } finally {
      jest.useRealTimers();
    }
  });

  it('lets users of the scheduler wait for what takes time', async () => {
    await begin();
    const task = await schedule('sleeping', { parameters: { ms: 30_000 } });
    const { id } = await runner.scheduler.runNow(task.id);
    const end = async () => {
      for (;;) {
        const run = await runner.scheduler.getRun(id);
        if (run.finishedAt !== null) return run.state;
        await runner.get(Clock).sleep(1000);
      }
    };
    expect(await runner.until(end())).toBe('succeeded');
    await expect(runner.until(new Promise(() => undefined), 5000)).rejects.toThrow('still open');
  });

  it('answers changes, pauses, cancellations and removals while it stands', async () => {
    await begin();
    const { scheduler } = runner;
    const { id } = await schedule('sleeping', { triggers: cron('0 * * * *'), parameters: { ms: MINUTE_MS } });
    await runner.advanceTo('2026-01-01T01:00:00Z');
    await scheduler.cancelRun(runner.runs(id)[0]!.id);
    await runner.runDue();
    runner.expectOutcome(id, { outcome: 'cancelled', at: '2026-01-01T01:00:00Z' });
    await scheduler.pause(id, 'for a while', new Date('2026-01-01T03:30:00Z'));
    await runner.advanceTo('2026-01-01T03:45:00Z');
    runner.expectOutcome(id, { outcome: 'skipped', at: '2026-01-01T03:00:00Z', reason: /pause/ });
    await scheduler.change(id, { triggers: cron('50 * * * *') });
    expect(runner.nextDue(id)).toEqual(new Date('2026-01-01T03:50:00Z'));
    await scheduler.remove(id);
    expect(runner.tasks()).toEqual([]);
  });

  it('cannot go back, and passes for one at a time', async () => {
    await begin();
    await expect(runner.advanceTo('2025-12-31T23:59:59Z')).rejects.toThrow(
      'Time does not go back from 2026-01-01T00:00:00.000Z',
    );
    await expect(runner.advanceTo('2026-01-01T10:00')).rejects.toThrow('with its zone, not 2026-01-01T10:00');
    const first = runner.advanceBy(1000);
    await expect(runner.advanceBy(1000)).rejects.toThrow('Time is passing already');
    await first;
  });
});

describe('the policies of a task in a test', () => {
  it('retries after its delays', async () => {
    await begin();
    runner.get(Work).failures = 2;
    const retry = { maxAttempts: 3, backoff: 'exponential', baseDelayMs: MINUTE_MS, jitter: 0 } as const;
    await schedule('failing', { triggers: cron('0 12 * * *'), retry });
    await runner.advanceTo('2026-01-01T12:00:00Z');
    expect(runner.runs('failing').map(({ state }) => state)).toEqual(['retrying']);
    await runner.advanceBy(3 * MINUTE_MS);
    runner.expectRan('failing', { times: 1, attempts: 3 });
    expect(runner.get(Work).notes.map((note) => note.slice(-13))).toEqual([
      '12:00:00.000Z',
      '12:01:00.000Z',
      '12:03:00.000Z',
    ]);
  });

  it('ends what waits for the clock, and what hangs, at its time-out, and leaves out what comes due beside it', async () => {
    await begin({ patienceMs: 50, logger: SILENT });
    const policies = { triggers: cron('0 * * * *'), timeoutMs: 90 * MINUTE_MS, retry: { maxAttempts: 1 } };
    await schedule('sleeping', { ...policies, parameters: { ms: 100 * MINUTE_MS } });
    await schedule('hanging', policies);
    await runner.advanceTo('2026-01-01T02:30:00Z');
    for (const handler of ['sleeping', 'hanging']) {
      runner.expectOutcome(handler, { outcome: 'timed_out', at: '2026-01-01T01:00:00Z', reason: /5400000 ms/ });
      runner.expectOutcome(handler, { outcome: 'skipped', at: '2026-01-01T02:00:00Z' });
    }
    await runner.advanceTo('2026-01-01T03:00:01Z');
    expect(runner.runs('sleeping').at(-1)?.state).toBe('running');
    runner.expectOutcome('hanging', { outcome: 'skipped', at: '2026-01-01T03:00:00Z' });
  });

  it('keeps to calendars', async () => {
    await begin();
    const calendars = { holidays: { dates: ['2026-01-06'], weekdays: ['sat', 'sun'] } };
    await runner.get(SettingsService).put('default', { calendars });
    await schedule('plain', { triggers: cron('0 9 * * *'), calendars: [{ name: 'holidays' }] });
    await runner.advanceTo('2026-01-08T00:00:00Z');
    expect(ranAt('plain').map((at) => at.slice(8, 10))).toEqual(['01', '02', '05', '07']);
    runner.expectOutcome('plain', { outcome: 'skipped', at: '2026-01-06T09:00:00Z', reason: /holidays/ });
  });
});

describe('the application of a test', () => {
  it('keeps its own runner, without its store and without its files', async () => {
    @Module({
      imports: [
        TaskRunnerModule.forRoot({
          storeUrl: 'file:/nowhere/at/all/tasks.db',
          redisUrl: 'redis://nowhere.invalid:1',
          locks: 'redis',
        }),
        WorkModule,
      ],
    })
    class App {}
    await begin({ imports: [App] });
    await schedule('plain', { triggers: cron('0 9 * * *') });
    await runner.advanceTo('2026-01-02T00:00:00Z');
    runner.expectRan('plain', { times: 1 });
  });

  it('has all the real time that its start takes', async () => {
    const slow = { provide: 'SLOW', useValue: { onModuleInit: () => reallySleep(100) } };
    await begin({ providers: [slow] });
    expect(runner.now.toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });

  it('gets the providers that a test gives it', async () => {
    await begin({ override: (builder) => builder.overrideProvider(Texts).useValue({ read: () => 'given' }) });
    await schedule('reading', { triggers: cron('0 9 * * *') });
    await runner.advanceToNext();
    expect(runner.expectRan('reading').map(({ output }) => output)).toEqual(['given']);
  });

  it('is known by what it says when an expectation fails', async () => {
    await begin({ logger: SILENT });
    runner.get(Work).failures = 5;
    await runner.scheduler.schedule(taskOf('failing', { triggers: cron('0 9 * * *'), retry: { maxAttempts: 1 } }), {
      key: 'mine',
    });
    await runner.advanceTo('2026-01-02T10:00:00Z');
    expect(() => runner.expectRan('mine', { times: 1, at: '2026-01-01T10:00:00Z' })).toThrow(
      [
        '"mine" (the task "the failing one") should have run once for 2026-01-01T10:00:00.000Z, and ran 2 times.',
        'It is 2026-01-02T10:00:00.000Z. What became of its occurrences:',
        '  2026-01-01T09:00:00.000Z: failed (not yet)',
        '  2026-01-02T09:00:00.000Z: failed (not yet)',
        'It is due next at 2026-01-03T09:00:00.000Z.',
      ].join('\n'),
    );
    expect(() => runner.expectRan('failing', { times: 2 })).toThrow(
      'should have succeeded for 2026-01-01T09:00:00.000Z, and has failed',
    );
    expect(() => runner.expectRan('failing', { times: 2, state: 'failed', attempts: 3 })).toThrow(
      'should have taken 3 attempts',
    );
    expect(() => runner.expectNotRan('failing')).toThrow('should not have run, and ran 2 times');
    expect(() => runner.expectNoFailures()).toThrow('should not have failed');
    expect(() => runner.expectOutcome('failing', { outcome: 'skipped' })).toThrow('should be skipped');
    expect(() => runner.expectRan('nothing')).toThrow(
      'There is no task and no handler "nothing". Tasks: "the failing one". Handlers: "plain", "reading", "sleeping", "timing", "failing", "hanging".',
    );
    expect(() => runner.expectRan('plain')).toThrow('"plain" should have run, and ran 0 times.\nNo task uses it.');
  });
});

const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('an application with several runners', () => {
  it('has each of them on the clock of the test and on a store in memory of its own', async () => {
    @Injectable()
    class Reports {
      @TaskHandler('report', { runner: 'reports' })
      report({ scheduledFor }: HandlerContext): string {
        return scheduledFor.toISOString();
      }
    }
    const imports = [WorkModule, TaskRunnerModule.forRoot(), TaskRunnerModule.forRoot({ name: 'reports' })];
    await begin({ imports, providers: [Reports] });
    const reports = runner.get<TaskScheduler>(getTaskSchedulerToken('reports'));
    await reports.schedule(taskOf('report', { triggers: cron('0 * * * *') }));
    await schedule('plain', { triggers: cron('0 * * * *') });
    await runner.advanceTo('2026-01-01T03:00:00Z');
    runner.expectRan('report', { times: 3 });
    runner.expectRan('plain', { times: 3 });
    expect(await runner.scheduler.list()).toHaveLength(1);
  });
});
