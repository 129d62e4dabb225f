import { expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  AfterAttempt,
  BeforeAttempt,
  OnOutcome,
  OnRetry,
  type AfterAttemptContext,
  type HookContext,
  type OutcomeContext,
  type RetryContext,
  type Veto,
} from '../../src/index.js';
import { onEvent, T0 } from '../support/builders.js';
import { HttpTarget } from '../support/http-target.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

/** What the hooks of all instances of a test were told, as in `a before schedule 1`. */
class Told {
  readonly lines: string[] = [];
  /** What the hooks before attempts answer. */
  veto: (context: HookContext) => Veto | undefined = () => undefined;
  /** What the hooks after attempts wait for. */
  held: Promise<void> | undefined;

  constructor(private readonly world: EngineWorld) {}

  boot(options: Parameters<EngineWorld['boot']>[0] = {}) {
    const label = String.fromCharCode(97 + this.world.instances.length);
    const hear = ({ run, attempt }: HookContext, what: string, outcome = '') =>
      this.lines.push(`${label} ${what} ${run.trigger} ${attempt}${outcome && ` ${outcome}`}`);
    const veto = (context: HookContext) => this.veto(context);
    const held = () => this.held;

    @Injectable()
    class Hooks {
      @BeforeAttempt()
      check(context: HookContext): Veto | void {
        hear(context, 'before');
        return veto(context);
      }

      @AfterAttempt()
      async note(context: AfterAttemptContext): Promise<void> {
        hear(context, 'after', context.outcome);
        await held();
      }

      @OnRetry()
      again(context: RetryContext): void {
        hear(context, 'retry', String(context.nextAt.getTime() - T0));
      }

      @OnOutcome()
      end(context: OutcomeContext): void {
        hear(context, 'outcome', context.outcome);
      }
    }
    return this.world.boot({ ...options, host: { providers: [Hooks] } });
  }
}

const around = (instance: string, trigger: string, outcome = 'succeeded') => [
  `${instance} before ${trigger} 1`,
  `${instance} after ${trigger} 1 ${outcome}`,
  `${instance} outcome ${trigger} 1 ${outcome}`,
];

describeEngine('hooks of the host application', (world) => {
  it('are called around runs of a schedule, by hand, of an event, of a backfill and of a repetition', async () => {
    const told = new Told(world());
    const a = await told.boot();
    const task = await a.scheduler.schedule(work({ triggers: [every(4000), onEvent('built')] }));
    await world().advance(4500);
    expect(told.lines.splice(0)).toEqual(around('a', 'schedule'));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(100);
    expect(told.lines.splice(0)).toEqual(around('a', 'manual'));
    await a.scheduler.raise('built', {});
    await world().advance(100);
    expect(told.lines.splice(0)).toEqual(around('a', 'event'));
    await a.scheduler.retryRun(run.id);
    await world().advance(100);
    expect(told.lines.splice(0)).toEqual(around('a', 'retry'));
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(4000);
    await world().done(a.scheduler.resume(task.id));
    await world().done(a.scheduler.backfill(task.id, { from: new Date(T0 + 7000), to: new Date(T0 + 9000) }));
    await world().until(() => told.lines.length >= 3);
    expect(told.lines.splice(0, 3)).toEqual(around('a', 'backfill'));
  });

  it('are called around runs of chains and windows, and around failures that are driven again', async () => {
    const told = new Told(world());
    const a = await told.boot();
    const heard = async (...lines: string[]) => {
      await world().until(() => told.lines.length >= lines.length);
      expect(told.lines.splice(0)).toEqual(lines);
    };
    const parent = await a.scheduler.schedule(work());
    await a.scheduler.schedule(work({ triggers: [onEvent('run.succeeded', { 'data.taskId': parent.id })] }));
    await a.scheduler.runNow(parent.id);
    await heard(...around('a', 'manual'), ...around('a', 'event'));
    const debounced = { type: 'event', event: 'seen', debounce: { quietMs: 1000, maxMs: 5000 } } as const;
    await a.scheduler.schedule(work({ triggers: [debounced] }));
    for (let count = 0; count < 2; count++) await world().done(a.scheduler.raise('seen', {}));
    await heard(...around('a', 'event'));
    world().workshop.answering = () => Promise.reject(new Error('no bread'));
    const fragile = await a.scheduler.schedule(work({ retry: { maxAttempts: 1 } }));
    await a.scheduler.runNow(fragile.id);
    await heard(...around('a', 'manual', 'failed'));
    world().workshop.answering = () => Promise.resolve(null);
    await world().done(a.scheduler.retryRuns({ taskId: fragile.id }));
    await heard(...around('a', 'retry'));
  });

  it('are called around each attempt, and told when another one follows', async () => {
    const told = new Told(world());
    const a = await told.boot();
    world().workshop.answering = ({ context }) =>
      context.attempt === 1 ? Promise.reject(new Error('no luck')) : Promise.resolve(null);
    const task = await a.scheduler.schedule(work({ retry: { jitter: 0, maxAttempts: 2, baseDelayMs: 1000 } }));
    await a.scheduler.runNow(task.id);
    await world().advance(2000);
    expect(told.lines).toEqual([
      'a before manual 1',
      'a after manual 1 failed',
      'a retry manual 1 1000',
      'a before manual 2',
      'a after manual 2 succeeded',
      'a outcome manual 2 succeeded',
    ]);
  });

  it('are called on the instance that takes a run over, and around runs that waited for another', async () => {
    const told = new Told(world());
    const a = await told.boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'queue' }));
    for (let count = 0; count < 2; count++) await a.scheduler.runNow(task.id);
    await world().advance(100);
    await a.crash();
    const b = await told.boot();
    await b.expire(a.locks.owner);
    world().workshop.answering = () => Promise.resolve(null);
    await world().until(() => told.lines.length === 7);
    expect(told.lines).toEqual([
      'a before manual 1',
      'b before manual 2',
      'b after manual 2 succeeded',
      'b outcome manual 2 succeeded',
      ...around('b', 'manual'),
    ]);
  });

  it('are told the outcome of runs that end without an attempt', async () => {
    const told = new Told(world());
    const a = await told.boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ triggers: [every(1000)], overlap: 'skip' }));
    await world().advance(2500);
    await world().done(a.scheduler.cancelRun((await world().runsOf(task))[0]!.id));
    expect(told.lines.slice(0, 4)).toEqual([
      'a before schedule 1',
      'a outcome schedule 0 skipped',
      'a after schedule 1 cancelled',
      'a outcome schedule 1 cancelled',
    ]);
  });

  it('skip a run with a reason, which its log, its ledger and explain tell', async () => {
    const told = new Told(world());
    const a = await told.boot();
    told.veto = () => ({ skip: 'a holiday' });
    const task = await a.scheduler.schedule(work());
    const { id } = await a.scheduler.runNow(task.id);
    const run = await world().inState({ id }, 'skipped');
    expect(run).toMatchObject({
      reason: 'hook Hooks.check: a holiday',
      attempts: [{ number: 1, outcome: 'skipped' }],
    });
    expect(world().workshop.calls).toEqual([]);
    expect(told.lines).toEqual(around('a', 'manual', 'skipped'));
    const messages = (await a.runs.log('default', id, 0, 10)).map(({ message }) => message);
    expect(messages).toContain('The attempt is not made: hook Hooks.check: a holiday');
    const explained = await a.scheduler.explain(task.id, new Date(run.scheduledFor));
    expect(explained).toMatchObject({ outcome: 'skipped', code: 'hook', reason: run.reason });
  });

  it('fail an attempt, which the retry policy follows unless the hook says that it is for good', async () => {
    const told = new Told(world());
    const a = await told.boot();
    const task = await a.scheduler.schedule(work({ retry: { jitter: 0, maxAttempts: 3, baseDelayMs: 1000 } }));
    told.veto = ({ attempt }) => (attempt === 1 ? { fail: 'no licence' } : { fail: 'never', retryable: false });
    const { id } = await a.scheduler.runNow(task.id);
    expect(await world().inState({ id }, 'failed')).toMatchObject({
      reason: 'hook Hooks.check: never',
      attempts: [
        { outcome: 'failed', error: { code: 'hook-failed', message: 'hook Hooks.check: no licence' } },
        { outcome: 'failed', error: { code: 'hook-failed' } },
      ],
    });
    expect(world().workshop.calls).toEqual([]);
  });

  it('hold no slot after an attempt, and count for nothing in how long the run took', async () => {
    const told = new Told(world());
    const a = await told.boot({ engine: { concurrency: 1 } });
    let goOn!: () => void;
    told.held = new Promise((resolve) => (goOn = resolve));
    const [first, second] = [await a.scheduler.schedule(work()), await a.scheduler.schedule(work())];
    const run = await a.scheduler.runNow(first.id);
    await world().advance(100);
    await a.scheduler.runNow(second.id);
    await world().advance(1000);
    expect(world().workshop.of(second.id)).toHaveLength(1);
    goOn();
    const { startedAt, finishedAt } = await world().inState(run, 'succeeded');
    expect(finishedAt! - startedAt!).toBeLessThan(100);
  });

  it('are called after an attempt that another instance is called back for', async () => {
    const target = await HttpTarget.start();
    try {
      const told = new Told(world());
      const [a, b] = [await told.boot({ httpAllow: ['127.0.0.1'] }), await told.boot({ httpAllow: ['127.0.0.1'] })];
      const body = { token: '{{run.callbackToken}}' };
      const action = { type: 'http', url: target.url, body, completion: 'callback' } as const;
      const task = await a.scheduler.schedule(work({ action, timeoutMs: 600_000 }));
      const { id } = await a.scheduler.runNow(task.id);
      while (target.requests.length === 0) await world().settle();
      await world().advance(500);
      const { token } = JSON.parse(target.requests[0]!.body) as { token: string };
      const [here, there] = told.lines[0]!.startsWith('a') ? [a, b] : [b, a];
      await world().done(there.runs.complete('default', id, { token, outcome: 'succeeded' }));
      await world().until(() => told.lines.length === 3);
      expect(told.lines).toEqual([
        `${here.label} before manual 1`,
        `${there.label} after manual 1 succeeded`,
        `${there.label} outcome manual 1 succeeded`,
      ]);
    } finally {
      await target.close();
    }
  });
});
