import { beforeEach, expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/index.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const RETRY = { maxAttempts: 2, baseDelayMs: 100, backoff: 'fixed', jitter: 0 } as const;

describeEngine('a handler that goes on when it is told to end', (world) => {
  beforeEach(() => {
    world().workshop.isStubborn = true;
    world().workshop.answering = byHand;
  });

  const callsOf = (id: string) => world().workshop.of(id);

  it.each(['skip', 'queue', 'replace', 'allow'] as const)('is not tried again beside itself: %s', async (overlap) => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ overlap, timeoutMs: 500, retry: RETRY }));
    const { id } = await scheduler.runNow(task.id);
    await world().until(() => callsOf(task.id).length === 1);
    await world().advance(5000);
    expect(callsOf(task.id)).toHaveLength(1);
    expect((await scheduler.getRun(id)).attempts).toMatchObject([{ outcome: 'timed_out' }]);
    expect(world().logged.join()).toContain(`Run ${id}: its action goes on although it was told to end`);
    callsOf(task.id)[0]!.succeed();
    await world().until(() => callsOf(task.id).length === 2);
    callsOf(task.id)[1]!.succeed();
    await world().until(async () => (await scheduler.getRun(id)).state === 'succeeded');
  });

  const timed: Partial<TaskInput> = { timeoutMs: 500, triggers: [every(1000)], retry: { maxAttempts: 1 } };

  it.each(['skip', 'queue', 'replace'] as const)('is not beside the next occurrence: %s', async (overlap) => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ ...timed, overlap }));
    await world().until(() => callsOf(task.id).length === 1);
    await world().advance(2500);
    expect(callsOf(task.id)).toHaveLength(1);
    callsOf(task.id)[0]!.succeed();
    await world().until(() => callsOf(task.id).length === 2);
    const first = (await world().runsOf(task)).find(({ scheduledFor }) => scheduledFor === T0 + 1000);
    expect(first!.state).toBe('timed_out');
    callsOf(task.id)[1]!.succeed();
  });

  it('is not beside the next run after it was cancelled', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ overlap: 'queue' }));
    const first = await scheduler.runNow(task.id);
    await world().until(() => callsOf(task.id).length === 1);
    await scheduler.cancelRun(first.id);
    await scheduler.runNow(task.id);
    await world().advance(3000);
    expect((await scheduler.getRun(first.id)).state).toBe('cancelled');
    expect(callsOf(task.id)).toHaveLength(1);
    callsOf(task.id)[0]!.fail(new Error('at last'));
    await world().until(() => callsOf(task.id).length === 2);
    callsOf(task.id)[1]!.succeed();
  });

  it('may be beside the next occurrence where the task allows that', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ ...timed, overlap: 'allow' }));
    await world().until(() => callsOf(task.id).length === 3);
  });

  it('does not hold up a shutdown', async () => {
    const instance = await world().boot({ engine: { shutdownGraceMs: 1000 } });
    const task = await instance.scheduler.schedule(work({ timeoutMs: 500, retry: { maxAttempts: 1 } }));
    await instance.scheduler.runNow(task.id);
    await world().until(() => callsOf(task.id).length === 1);
    await world().advance(1000);
    await world().done(instance.stop());
  });
});
