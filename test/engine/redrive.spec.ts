import { expect, it } from '@jest/globals';
import { AuditService } from '../../src/audit/audit.service.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const BEAT = 4000;

describeEngine('driving failed runs again', (world) => {
  const fragile = (fields: Partial<TaskInput> = {}) =>
    work({ triggers: [every(BEAT)], overlap: 'allow', retry: { maxAttempts: 1 }, ...fields });
  /** A task whose first three occurrences failed, each with a different error. */
  const failing = async (fields: Partial<TaskInput> = {}) => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(fragile(fields));
    for (const error of ['no bread', 'no wine', 'no bread']) {
      await world().advance(BEAT);
      world().workshop.last().fail(new Error(error));
    }
    await world().advance(100);
    return { a, task, runs: await world().runsOf(task) };
  };
  type Options = Parameters<EngineInstance['scheduler']['retryRuns']>[0];
  const retry = ({ scheduler }: EngineInstance, options: Options = {}) => world().done(scheduler.retryRuns(options));
  const again = async (task: { id: string }) =>
    (await world().runsOf(task)).filter(({ trigger }) => trigger === 'retry');

  it('makes one new run of each, of the same nominal time, however often it is asked', async () => {
    const { a, task, runs } = await failing();
    const plan = await retry(a, { dryRun: true });
    expect(plan.failed.map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
    expect(await again(task)).toEqual([]);
    const made = await retry(a);
    expect(made).toMatchObject({ runIds: plan.runIds, existing: 0, next: null });
    expect(await retry(a)).toMatchObject({ runIds: [], existing: 3 });
    expect((await again(task)).map(({ retryOf, scheduledFor, priority }) => [retryOf, scheduledFor, priority])).toEqual(
      runs.map(({ id, scheduledFor }) => [id, scheduledFor, 0]),
    );
    const audit = a.module.get(AuditService, { strict: false });
    const { items } = await audit.list('default', { action: 'runs.retried', object: task.id }, { limit: 5 });
    expect(items.map(({ after }) => after)).toMatchObject([{ count: 3 }]);
  });

  it('takes those that fit: of a task, a time, a state, an error', async () => {
    const { a, task, runs } = await failing();
    const found = async (options: Options) =>
      (await retry(a, { dryRun: true, ...options })).failed.map(({ id }) => runs.findIndex((run) => run.id === id));
    expect(await found({ text: 'BREAD' })).toEqual([0, 2]);
    expect(await found({ code: runs[0]!.attempts[0]!.error!.code })).toEqual([0, 1, 2]);
    expect(await found({ code: 'instance-lost' })).toEqual([]);
    expect(await found({ from: new Date(T0 + 2 * BEAT), to: new Date(T0 + 3 * BEAT) })).toEqual([1]);
    expect(await found({ states: ['timed_out'] })).toEqual([]);
    expect(await found({ taskId: task.id })).toEqual([0, 1, 2]);
    expect(await found({ taskId: 'another' })).toEqual([]);
    expect((await a.scheduler.for('others').retryRuns()).runIds).toEqual([]);
    const part = await retry(a, { limit: 2 });
    expect(part).toMatchObject({ runIds: { length: 2 }, next: runs[2]!.scheduledFor });
    await expect(retry(a, { limit: 1001 })).rejects.toThrow('from 1 to 1000');
    await expect(retry(a, { everyMs: 0 })).rejects.toThrow('/everyMs');
  });

  it('starts them one after the other, and leaves out what was driven again by hand or has lost its task', async () => {
    const { a, task, runs } = await failing();
    const now = world().clock.now();
    const byUser = await world().done(a.scheduler.retryRun(runs[0]!.id));
    const twice = await world().done(a.scheduler.retryRun(runs[0]!.id));
    expect([byUser.id === twice.id, byUser.scheduledFor]).toEqual([true, runs[0]!.scheduledFor]);
    const { runIds } = await retry(a, { everyMs: 500 });
    const stored = await a.runStore.byIds('default', runIds);
    expect(stored.map(({ dueAt }) => dueAt - now).sort((x, y) => x - y)).toEqual([1000, 1500]);
    await world().done(a.scheduler.remove(task.id));
    expect(await retry(a)).toMatchObject({ runIds: [], existing: 0 });
  });

  it('stores what is missing after it was cut short', async () => {
    const { a, task } = await failing();
    const back = a.gate.obstruct((method, [runs]) => {
      if (method === 'insert') (runs as unknown[]).splice(1);
    });
    await retry(a);
    back();
    const stop = a.gate.fail('insert');
    await expect(retry(a)).rejects.toThrow('cannot be reached');
    stop();
    expect(await retry(a)).toMatchObject({ runIds: { length: 2 }, existing: 1 });
    expect(new Set((await again(task)).map(({ retryOf }) => retryOf)).size).toBe(3);
  });

  it('waits for the run of its task that is under way, and does not take its place', async () => {
    const { a, task, runs } = await failing({ overlap: 'replace' });
    await a.scheduler.runNow(task.id);
    await world().advance(100);
    const { runIds } = await retry(a, { text: 'wine' });
    await world().advance(1500);
    const running = world().workshop.last();
    expect(running.context.run.trigger).toBe('manual');
    running.succeed();
    await world().until(() => world().workshop.last().context.run.id === runIds[0]);
    expect(world().workshop.last().context.run.scheduledFor.getTime()).toBe(runs[1]!.scheduledFor);
  });
});
