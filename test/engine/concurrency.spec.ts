import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand, type Call } from '../support/workshop.js';

const SECOND = 1000;

describeEngine('places of handlers and queues', (world) => {
  const ended = new Set<Call>();
  const underWay = (name?: string) =>
    world().workshop.calls.filter((call) => !ended.has(call) && (name === undefined || nameOf(call) === name));
  const nameOf = ({ context }: Call) => context.parameters['name'];
  const end = (call: Call) => {
    ended.add(call);
    call.succeed();
  };
  const calling = (name: string, fields: Partial<TaskInput> = {}): TaskInput =>
    work({
      action: { type: 'handler', name },
      parameters: { name },
      triggers: [{ type: 'manual' }],
      overlap: 'allow',
      timeoutMs: 600_000,
      ...fields,
    });
  const oneReport = { handlers: ['report', 'mail'], concurrency: { report: 1 } };

  it('let as many runs of a handler be under way as it says, and the others wait without a slot', async () => {
    const { scheduler, slots } = await world().boot({
      ...oneReport,
      concurrency: { report: 2 },
      engine: { concurrency: 4 },
    });
    world().workshop.answering = byHand;
    const report = await scheduler.schedule(calling('report'));
    const runs = [];
    for (let index = 0; index < 12; index++) runs.push(await scheduler.runNow(report.id));
    await world().advance(SECOND);
    expect([underWay().length, slots.taken]).toEqual([2, 2]);
    const mail = await scheduler.schedule(calling('mail', { triggers: [every(SECOND)] }));
    await world().advance(1500);
    expect(world().workshop.of(mail.id)).toHaveLength(1);
    while (ended.size < 13) {
      await world().until(() => underWay().length > 0);
      expect(underWay('report').length).toBeLessThanOrEqual(2);
      end(underWay()[0]!);
    }
    await world().until(() => {
      for (const call of underWay('report')) end(call);
      return world().workshop.calls.length >= 13 && underWay('report').length === 0;
    });
    for (const run of runs) await world().inState(run, 'succeeded');
    for (const call of underWay()) end(call);
  });

  it('leave what they cannot start to an instance that has room', async () => {
    const a = await world().boot(oneReport);
    const b = await world().boot(oneReport);
    await world().advance(2000);
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(calling('report', { triggers: [every(SECOND)] }));
    await world().until(() => underWay().length === 1);
    await world().advance(2 * SECOND);
    expect(new Set(underWay().map(({ instance }) => instance))).toEqual(new Set(['a', 'b']));
    expect([a.slots.taken, b.slots.taken]).toEqual([1, 1]);
    for (const call of underWay()) end(call);
    world().workshop.answering = (call) => {
      ended.add(call);
      return Promise.resolve();
    };
    await world().advance(3 * SECOND);
    const runs = await world().runsOf(task);
    expect(runs.filter(({ state, attempt }) => state === 'failed' || attempt > 1)).toEqual([]);
  });

  it('are named by explain', async () => {
    const { scheduler } = await world().boot({ ...oneReport, engine: { heartbeatMs: 500 } });
    world().workshop.answering = byHand;
    const asked = await scheduler.schedule(calling('report'));
    await scheduler.runNow(asked.id);
    await world().advance(100);
    const waiting = await scheduler.runNow(asked.id);
    const timed = await scheduler.schedule(calling('report', { triggers: [every(SECOND)] }));
    await world().advance(2 * SECOND);
    const cause = { code: 'no-place', reason: 'it waits for a place of the handler "report"' };
    expect(await scheduler.explain(asked.id, new Date(waiting.scheduledFor))).toMatchObject(cause);
    const story = await scheduler.explain(timed.id, new Date(world().clock.now() - SECOND / 2));
    expect(story).toMatchObject(cause);
    expect(story.sentence).toContain('the only one is taken');
    for (const call of underWay()) end(call);
  });

  it('limit a queue, together with a handler in it', async () => {
    const { scheduler, slots } = await world().boot({
      handlers: ['report', 'mail'],
      concurrency: { report: 1 },
      engine: { queueConcurrency: { heavy: 2 } },
    });
    world().workshop.answering = byHand;
    const tasks = {
      report: await scheduler.schedule(calling('report', { queue: 'heavy' })),
      mail: await scheduler.schedule(calling('mail', { queue: 'heavy' })),
      usual: await scheduler.schedule(calling('report')),
    };
    for (const { id } of Object.values(tasks)) for (let times = 0; times < 4; times++) await scheduler.runNow(id);
    await world().advance(SECOND);
    const all = () => world().workshop.calls.length;
    while (all() < 12 || underWay().length > 0) {
      const [heavy, reports] = [
        underWay().filter(({ context }) => context.run.taskId !== tasks.usual.id).length,
        underWay('report').length,
      ];
      expect(heavy).toBeLessThanOrEqual(2);
      expect(reports).toBeLessThanOrEqual(1);
      end(underWay()[0]!);
      await world().advance(100);
    }
    expect(slots.taken).toBe(0);
  });

  it('are kept by a handler that goes on although its attempt was ended, until it ends', async () => {
    const { scheduler, slots } = await world().boot(oneReport);
    world().workshop.answering = byHand;
    world().workshop.isStubborn = true;
    const retry = { maxAttempts: 1 };
    const deaf = await scheduler.schedule(calling('report', { timeoutMs: SECOND, retry }));
    const other = await scheduler.schedule(calling('report'));
    const first = await scheduler.runNow(deaf.id);
    await world().until(() => underWay().length === 1);
    const second = await scheduler.runNow(other.id);
    await world().inState(first, 'timed_out');
    await world().advance(3 * SECOND);
    expect([underWay().length, slots.taken]).toEqual([1, 0]);
    end(underWay()[0]!);
    await world().inState(second, 'running');
    end(underWay()[0]!);
    await world().inState(second, 'succeeded');
    expect([slots.taken, slots.places.full()]).toEqual([0, []]);
  });

  it('count anew when a waiting task comes to need other places', async () => {
    const { scheduler, slots } = await world().boot(oneReport);
    world().workshop.answering = byHand;
    const report = await scheduler.schedule(calling('report'));
    const mail = await scheduler.schedule(calling('mail'));
    await scheduler.runNow(report.id);
    await world().advance(100);
    const turned = await scheduler.runNow(report.id);
    await world().done(
      scheduler.change(report.id, { action: { type: 'handler', name: 'mail' }, parameters: { name: 'mail' } }),
    );
    await world().done(
      scheduler.change(mail.id, { action: { type: 'handler', name: 'report' }, parameters: { name: 'report' } }),
    );
    await scheduler.runNow(mail.id);
    await world().advance(SECOND);
    expect(underWay('report')).toHaveLength(1);
    while (underWay().length > 0) {
      expect(underWay('report').length).toBeLessThanOrEqual(1);
      end(underWay()[0]!);
      await world().advance(SECOND);
    }
    await world().inState(turned, 'succeeded');
    expect(slots.taken).toBe(0);
  });
});
