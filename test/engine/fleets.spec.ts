import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { HandlerRegistry } from '../../src/integrations/handler/handler-registry.js';
import { OverdueWatch } from '../../src/overdue/overdue-watch.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECOND = 1000;

describeEngine('a fleet of unlike instances', (world) => {
  const calling = (name: string, fields: Partial<TaskInput> = {}) =>
    work({ action: { type: 'handler', name }, triggers: [every(SECOND)], ...fields });
  const schedulerOnly = { handlers: [], engine: { work: false } };
  /** Who called the handler of these tasks, and how late. */
  const callsOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ instance, at, context }) => ({ instance, late: at - context.run.scheduledFor.getTime() }));
  const expectAllBy = async (labels: string[], task: { id: string }, count: number) => {
    const calls = callsOf(task);
    expect(calls.length).toBeGreaterThanOrEqual(count);
    expect(new Set(calls.map(({ instance }) => instance))).toEqual(new Set(labels));
    expect(Math.max(...calls.map(({ late }) => late))).toBeLessThanOrEqual(SECOND);
    const runs = await world().runsOf(task);
    expect(runs.filter(({ attempt, state }) => attempt > 1 || state === 'failed')).toEqual([]);
  };
  const registry = ({ module }: EngineInstance) => module.get(HandlerRegistry, { strict: false });

  it('lets a pause last until its end, wherever the task belongs', async () => {
    const a = await world().boot({ handlers: ['report'] });
    const b = await world().boot({ handlers: ['mail'] });
    await world().advance(2000);
    const end = world().clock.now() + 7000;
    const tasks = [await a.scheduler.schedule(calling('report')), await a.scheduler.schedule(calling('mail'))];
    for (const { id } of tasks) await world().done(a.scheduler.pause(id, 'for a while', new Date(end)));
    const statesOf = () => Promise.all(tasks.map(async ({ id }) => (await b.scheduler.get(id)).state));
    while (world().clock.now() < end - 100) {
      expect(await statesOf()).toEqual(['paused', 'paused']);
      await world().advance(Math.min(100, end - 100 - world().clock.now()));
    }
    await world().advance(1000);
    expect(await statesOf()).toEqual(['active', 'active']);
  });

  it('runs each task where its handler is, whoever took it in', async () => {
    const a = await world().boot({ handlers: ['report'] });
    const b = await world().boot({ handlers: ['mail'] });
    const c = await world().boot(schedulerOnly);
    await world().advance(2000);
    for (const taker of [a, b, c]) {
      const [report, mail] = [
        await taker.scheduler.schedule(calling('report')),
        await taker.scheduler.schedule(calling('mail')),
      ];
      await world().advance(5000);
      await expectAllBy(['a'], report, 4);
      await expectAllBy(['b'], mail, 4);
      for (const { id } of [report, mail]) await world().done(taker.scheduler.remove(id));
    }
    expect(world().workshop.calls.some(({ instance }) => instance === 'c')).toBe(false);
  });

  it('starts on time what an instance took in that cannot run it', async () => {
    await world().boot();
    const idle = await world().boot(schedulerOnly);
    await world().advance(2000);
    const at = new Date(world().clock.now() + 3000).toISOString();
    const task = await idle.scheduler.schedule(work({ triggers: [{ type: 'once', at }] }));
    await world().advance(3000);
    expect(callsOf(task)).toEqual([{ instance: 'a', late: 0 }]);
  });

  it('starts within a second what was asked for where it cannot run, and retries it where it can', async () => {
    await world().boot({ handlers: ['report'] });
    const idle = await world().boot({ handlers: [] });
    await world().advance(2000);
    world().workshop.answering = ({ context }) =>
      context.run.attempt === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    const task = await idle.scheduler.schedule(calling('report', { triggers: [{ type: 'manual' }], overlap: 'allow' }));
    const asked = world().clock.now();
    for (let index = 0; index < 10; index++) await idle.scheduler.runNow(task.id);
    await world().advance(SECOND);
    const calls = world().workshop.of(task.id);
    expect(calls).toHaveLength(10);
    expect(Math.max(...calls.map(({ at }) => at)) - asked).toBeLessThanOrEqual(SECOND);
    await world().advance(3000);
    const runs = await world().runsOf(task);
    expect(runs.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array(10).fill('succeeded 2'));
  });

  it('works queues where they are worked', async () => {
    await world().boot({ engine: { queues: ['heavy', 'rare'] } });
    await world().boot({ engine: { queues: ['default'] } });
    const all = await world().boot();
    await world().advance(2000);
    const heavy = await all.scheduler.schedule(calling('work', { queue: 'heavy' }));
    const usual = await all.scheduler.schedule(calling('work'));
    const other = await all.scheduler.schedule(calling('work', { queue: 'unheard-of' }));
    await world().advance(6000);
    expect(new Set(callsOf(heavy).map(({ instance }) => instance)).has('b')).toBe(false);
    expect(new Set(callsOf(usual).map(({ instance }) => instance)).has('a')).toBe(false);
    await expectAllBy(['c'], other, 5);
    expect(await all.scheduler.list({ queue: 'heavy' })).toMatchObject([{ id: heavy.id }]);
    await world().done(all.scheduler.change(heavy.id, { queue: 'rare' }));
    expect(await all.scheduler.list({ queue: 'heavy' })).toEqual([]);
  });

  it('waits for an instance that can, spends no attempt, says what is missing, and starts within a second of its coming', async () => {
    const idle = await world().boot({ handlers: [], engine: { overdueAfterMs: 1000, overdueCheckMs: 1000 } });
    const task = await idle.scheduler.schedule(calling('report'));
    const asked = await idle.scheduler.runNow(task.id);
    await world().advance(6000);
    expect(callsOf(task)).toEqual([]);
    expect(await world().runsOf(task)).toMatchObject([{ id: asked.id, state: 'pending', attempt: 0, attempts: [] }]);
    const missing = 'no instance has the handler "report"';
    expect(await idle.scheduler.explain(task.id)).toMatchObject({ code: 'no-worker', reason: missing });
    expect(await idle.scheduler.explain(task.id, new Date(asked.scheduledFor))).toMatchObject({ code: 'no-worker' });
    expect(idle.module.get(OverdueWatch, { strict: false }).figures!.missing).toEqual([
      { organization: 'default', kind: 'handler', name: 'report', tasks: 1, since: expect.any(Number) },
    ]);
    expect(world().logged.some((line) => line.includes(missing))).toBe(true);
    const able = await world().boot({ handlers: ['report'] });
    const came = world().clock.now();
    await world().advance(SECOND);
    const calls = world().workshop.of(task.id);
    expect(calls.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...calls.map(({ at }) => at)) - came).toBeLessThanOrEqual(SECOND);
    expect(idle.tasks.missingFor(task)).toBeNull();
    await world().advance(3000);
    expect((await world().runsOf(task)).filter(({ state }) => state === 'failed')).toEqual([]);
    await able.stop();
    await world().advance(2000);
    expect(idle.tasks.missingFor(task)).toMatchObject({ kind: 'handler', name: 'report' });
  });

  it('applies misfire policy and start deadline to what waited, as after a downtime', async () => {
    const idle = await world().boot({ handlers: [] });
    const patient = await idle.scheduler.schedule(
      calling('report', { triggers: [every(10_000)], misfire: { policy: 'fire-once', graceMs: 1000 } }),
    );
    const strict = await idle.scheduler.schedule(
      calling('report', { triggers: [every(10_000)], misfire: { policy: 'skip', graceMs: 1000 } }),
    );
    const bound = await idle.scheduler.schedule(
      calling('report', { triggers: [{ type: 'manual' }], startDeadlineMs: 2000 }),
    );
    const asked = await idle.scheduler.runNow(bound.id);
    await world().advance(15_000);
    const able = await world().boot({ handlers: ['report'] });
    await world().advance(500);
    expect(world().workshop.of(patient.id)).toHaveLength(1);
    expect(world().workshop.of(strict.id)).toHaveLength(0);
    expect(await able.scheduler.getRun(asked.id)).toMatchObject({ state: 'missed' });
  });

  it('hands on what it had when it loses a handler', async () => {
    const a = await world().boot({ handlers: ['report'] });
    const b = await world().boot({ handlers: ['report'] });
    await world().advance(2000);
    const tasks = [];
    for (let index = 0; index < 10; index++) tasks.push(await a.scheduler.schedule(calling('report')));
    await world().advance(3300);
    // By now the next occurrences are armed.
    registry(a).unregister('report');
    const lost = world().clock.now();
    await world().advance(5000);
    for (const task of tasks) {
      const later = world()
        .workshop.of(task.id)
        .filter(({ at }) => at > lost);
      expect(later.length).toBeGreaterThanOrEqual(4);
      expect(new Set(later.map(({ instance }) => instance))).toEqual(new Set(['b']));
      expect(Math.max(...later.map(({ at, context }) => at - context.run.scheduledFor.getTime()))).toBeLessThanOrEqual(
        SECOND,
      );
      expect((await world().runsOf(task)).filter(({ attempt, state }) => attempt > 1 || state === 'failed')).toEqual(
        [],
      );
    }
    registry(b).unregister('report');
    registry(a).register('report', () => undefined);
    await world().advance(3000);
    expect(
      (await world().runsOf(tasks[0]!)).some(({ startedAt, owner }) => owner === a.locks.owner && startedAt! > lost),
    ).toBe(true);
  });

  it('gives the runs of the dead only to those that can run them', async () => {
    world().workshop.answering = (call) => (call.instance === 'a' ? undefined : Promise.resolve());
    const a = await world().boot({ handlers: ['report'] });
    const idle = await world().boot({ handlers: [] });
    await world().advance(2000);
    const task = await a.scheduler.schedule(calling('report', { triggers: [{ type: 'manual' }], timeoutMs: 600_000 }));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(500);
    await a.crash(idle);
    await world().advance(5000);
    expect(await idle.scheduler.getRun(run.id)).toMatchObject({ state: 'running', attempt: 1 });
    await world().boot({ handlers: ['report'] });
    await world().inState(run, 'succeeded');
    expect(callsOf(task).map(({ instance }) => instance)).toEqual(['a', 'c']);
  });

  it('lets no crowd that waits for nobody keep back what can run', async () => {
    const a = await world().boot({ handlers: ['work'], engine: { concurrency: 10 } });
    const crowd = Array.from({ length: 1200 }, (_, index) =>
      calling(`absent-${index % 7}`, { name: `absent ${index}` }),
    );
    for (let from = 0; from < crowd.length; from += 400)
      await a.tasks.createMany('default', crowd.slice(from, from + 400));
    const absent = await a.scheduler.schedule(
      calling('absent-1', { triggers: [{ type: 'manual' }], overlap: 'allow' }),
    );
    for (let index = 0; index < 300; index++) await a.scheduler.runNow(absent.id);
    await world().advance(5000);
    const task = await a.scheduler.schedule(calling('work'));
    const asked = await a.scheduler.runNow(task.id);
    await world().advance(4000);
    await expectAllBy(['a'], task, 4);
    await a.stop();
    await world().advance(3000);
    const b = await world().boot();
    await world().advance(SECOND);
    expect(callsOf(task).at(-1)).toMatchObject({ instance: 'b' });
    expect((await b.scheduler.getRun(asked.id)).state).toBe('succeeded');
    expect((await world().runsOf(absent)).every(({ state, attempt }) => state === 'pending' && attempt === 0)).toBe(
      true,
    );
  });

  it('follows a task that comes to need another handler, with the runs that wait for it', async () => {
    world().workshop.answering = byHand;
    await world().boot({ handlers: ['mail'] });
    const idle = await world().boot({ handlers: [] });
    await world().advance(2000);
    const task = await idle.scheduler.schedule(calling('report', { triggers: [{ type: 'manual' }] }));
    const run = await idle.scheduler.runNow(task.id);
    await world().advance(2000);
    expect(callsOf(task)).toEqual([]);
    await world().done(idle.scheduler.change(task.id, { action: { type: 'handler', name: 'mail' } }));
    await world().advance(SECOND);
    expect(
      world()
        .workshop.of(task.id)
        .map(({ instance, context }) => [instance, context.run.id]),
    ).toEqual([['a', run.id]]);
    world().workshop.last().succeed();
    const other = await idle.scheduler.schedule(calling('report', { triggers: [{ type: 'manual' }] }));
    const waiting = await idle.scheduler.runNow(other.id);
    await world().done(idle.scheduler.remove(other.id));
    await world().advance(3000);
    expect(await idle.scheduler.getRun(waiting.id)).toMatchObject({ state: 'cancelled' });
  });
});
