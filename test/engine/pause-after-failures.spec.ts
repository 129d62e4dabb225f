import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand, type Answering } from '../support/workshop.js';

const failing: Answering = () => Promise.reject(new Error('no'));
const fragile = (fields: Partial<TaskInput> = {}) =>
  work({ pauseAfterFailures: 3, retry: { maxAttempts: 1 }, ...fields });

describeEngine('pausing after failures', (world) => {
  const outcomes = (...succeeds: boolean[]) => {
    let made = 0;
    world().workshop.answering = () => (succeeds[made++] ? Promise.resolve() : Promise.reject(new Error('no')));
  };

  it('pauses after so many failed runs in a row, says why, and tells of it', async () => {
    const { scheduler, events } = await world().boot();
    world().workshop.answering = failing;
    const told = events.next('task.changed', ({ change }) => change === 'paused');
    const task = await scheduler.schedule(fragile({ triggers: [every(2000)] }));
    await world().advance(20_000);
    expect(world().workshop.of(task.id).map(({ at }) => at - T0)).toEqual([2000, 4000, 6000]); // prettier-ignore
    const paused = await scheduler.get(task.id);
    expect(paused).toMatchObject({ state: 'paused', next: null, pausedUntil: null });
    expect(paused.pausedReason).toMatch(/pauseAfterFailures: the last 3 runs .*: no$/);
    expect(await told).toMatchObject({ cause: 'failures', task: { id: task.id, pausedReason: paused.pausedReason } });
  });

  it('counts time-outs, and attempts of one run as one', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const retry = { maxAttempts: 2, baseDelayMs: 100, jitter: 0 };
    const task = await scheduler.schedule(fragile({ pauseAfterFailures: 2, timeoutMs: 100, retry }));
    await world().inState(await scheduler.runNow(task.id), 'timed_out');
    await world().advance(500);
    expect((await scheduler.get(task.id)).state).toBe('active');
    await world().inState(await scheduler.runNow(task.id), 'timed_out');
    await world().until(async () => (await scheduler.get(task.id)).state === 'paused');
  });

  it('begins anew after a success', async () => {
    const { scheduler } = await world().boot();
    outcomes(false, false, true, false, false, true);
    const task = await scheduler.schedule(fragile({ triggers: [every(1000)] }));
    await world().advance(6500);
    expect((await scheduler.get(task.id)).state).toBe('active');
    await world().advance(10_000);
    expect(world().workshop.of(task.id)).toHaveLength(9);
    expect((await scheduler.get(task.id)).state).toBe('paused');
  });

  it('minds neither cancelled nor skipped runs', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(fragile({ pauseAfterFailures: 2 }));
    const fail = async () => {
      const run = await scheduler.runNow(task.id);
      await world().settle();
      const call = world().workshop.last();
      const skipped = await scheduler.runNow(task.id);
      await world().inState(skipped, 'skipped');
      call.fail(new Error('no'));
      await world().inState(run, 'failed');
      await world().advance(100);
    };
    const cancel = async () => {
      const run = await scheduler.runNow(task.id);
      await world().settle();
      await world().done(scheduler.cancelRun(run.id));
    };
    await cancel();
    await fail();
    await cancel();
    expect((await scheduler.get(task.id)).state).toBe('active');
    await fail();
    expect((await scheduler.get(task.id)).state).toBe('paused');
  });

  it('begins anew after the task was resumed or changed', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = failing;
    const task = await scheduler.schedule(fragile({ triggers: [every(1000)] }));
    await world().until(async () => (await scheduler.get(task.id)).state === 'paused');
    await world().done(scheduler.resume(task.id));
    await world().until(async () => (await scheduler.get(task.id)).state === 'paused');
    expect(world().workshop.of(task.id)).toHaveLength(6);
  });

  it('counts what fails on several instances at once together, and pauses once', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const pauses: string[] = [];
    for (const { events } of [a, b]) {
      events.on('task.changed', ({ change, cause }) => change === 'paused' && pauses.push(cause ?? 'by hand'));
    }
    const task = await a.scheduler.schedule(fragile({ pauseAfterFailures: 4, overlap: 'allow' }));
    for (const { scheduler } of [a, b, a, b]) await scheduler.runNow(task.id);
    await world().until(() => world().workshop.calls.length === 4);
    expect(new Set(world().workshop.calls.map(({ instance }) => instance))).toEqual(new Set(['a', 'b']));
    for (const call of world().workshop.calls) call.fail(new Error('no'));
    await world().until(async () => (await a.scheduler.get(task.id)).state === 'paused');
    await world().advance(1000);
    expect(pauses).toEqual(['failures']);
  });

  it('pauses through an outage that begins as the last run fails', async () => {
    const { scheduler, gate } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(fragile({ pauseAfterFailures: 1 }));
    await scheduler.runNow(task.id);
    await world().advance(100);
    const back = gate.fail('lastEnded', 'replace');
    world().workshop.last().fail(new Error('no'));
    await world().advance(3000);
    expect((await scheduler.get(task.id)).state).toBe('active');
    back();
    await world().until(async () => (await scheduler.get(task.id)).state === 'paused');
  });

  it('pauses a task whose instance died while running it', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(fragile({ pauseAfterFailures: 1, onCrash: 'fail' }));
    await a.scheduler.runNow(task.id);
    await world().advance(100);
    await a.crash(b);
    await world().until(async () => (await b.scheduler.get(task.id)).state === 'paused');
  });
});
