import { expect, it } from '@jest/globals';
import { StateConflictError } from '../../src/domain/errors.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const slowRetry = { jitter: 0, baseDelayMs: 600_000, maxDelayMs: 600_000 };

describeEngine('cancelling', (world) => {
  it.each(['here', 'on another instance'])('ends a running run %s', async (where) => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const run = await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
    await world().advance(100);
    const { scheduler } = where === 'here' ? a : b;
    const cancelled = await world().done(scheduler.cancelRun(run.id));
    expect(cancelled).toMatchObject({ state: 'cancelled', attempts: [{ outcome: 'cancelled' }] });
    expect(world().workshop.last().context.signal.aborted).toBe(true);
    world().workshop.last().succeed('too late');
    await world().advance(2000);
    expect(await a.scheduler.getRun(run.id)).toEqual(cancelled);
    expect([a.slots.taken, b.slots.taken]).toEqual([0, 0]);
    await expect(scheduler.cancelRun(run.id)).rejects.toThrow(StateConflictError);
  });

  it.each(['here', 'on another instance'])('ends a run that waits for its next attempt %s', async (where) => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const task = await a.scheduler.schedule(work({ retry: slowRetry }));
    const run = await a.scheduler.runNow(task.id);
    await world().inState(run, 'retrying');
    const finished = a.events.next('run.finished');
    const { scheduler } = where === 'here' ? a : b;
    expect((await world().done(scheduler.cancelRun(run.id))).state).toBe('cancelled');
    expect((await world().done(finished)).run).toMatchObject({ id: run.id, state: 'cancelled' });
    world().workshop.answering = () => Promise.resolve(null);
    const next = await a.scheduler.runNow(task.id);
    await world().inState(next, 'succeeded');
  });

  it.each(['here', 'on another instance'])(
    'starts nothing of a task that is deleted %s while a run of it is being stored',
    async (where) => {
      const [a, b] = [await world().boot(), await world().boot()];
      const task = await a.scheduler.schedule(work({ overlap: 'allow' }));
      let goOn!: () => void;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      let isStoring = false;
      const free = a.gate.obstruct((method) => {
        if (method !== 'insert') return undefined;
        isStoring = true;
        return held;
      });
      const asked = a.scheduler.runNow(task.id);
      for (let steps = 0; !isStoring && steps < 100; steps++) await world().advanceHeldUp(1, a);
      expect(isStoring).toBe(true);
      let isGone = false;
      const removed = (where === 'here' ? a : b).scheduler.remove(task.id).then(() => (isGone = true));
      for (let steps = 0; !isGone && steps < 500; steps++) await world().advanceHeldUp(1, a);
      free();
      goOn();
      await world().done(removed);
      const run = await world().done(asked);
      await world().inState(run, 'cancelled');
      expect(await a.scheduler.getRun(run.id)).toMatchObject({ reason: 'the task was deleted', attempts: [] });
      expect(world().workshop.calls).toEqual([]);
      expect(a.slots.taken).toBe(0);
    },
  );

  it('takes away an armed occurrence, and goes on with the next', async () => {
    const { scheduler, slots } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(10_000)] }));
    await world().advance(9500);
    const [armed] = await world().runsOf(task);
    expect((await world().done(scheduler.cancelRun(armed!.id))).state).toBe('cancelled');
    await world().advance(11_000);
    expect(world().workshop.of(task.id).map(({ at }) => at - T0)).toEqual([20_000]); // prettier-ignore
    expect(slots.taken).toBe(0);
  });

  it.each(['here', 'on another instance'])('ends a run that waits for a slot %s', async (where) => {
    const [a, b] = [await world().boot({ engine: { concurrency: 1 } }), await world().boot({ engine: { concurrency: 1 } })]; // prettier-ignore
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'allow' }));
    for (const { scheduler } of [a, b]) await scheduler.runNow(task.id);
    await world().advance(100);
    const waiting = await a.scheduler.runNow(task.id);
    await world().advance(1500);
    const { scheduler } = where === 'here' ? a : b;
    expect((await world().done(scheduler.cancelRun(waiting.id))).state).toBe('cancelled');
    for (const call of world().workshop.calls) call.succeed();
    await world().advance(3000);
    expect(world().workshop.calls).toHaveLength(2);
    expect([a.slots.taken, b.slots.taken]).toEqual([0, 0]);
  });

  it('ends the retry of a run that is due and waits for a slot', async () => {
    const { scheduler, slots } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ retry: { jitter: 0, baseDelayMs: 1000 }, timeoutMs: 600_000 }));
    const blocker = await scheduler.schedule(work({ timeoutMs: 600_000 }));
    const run = await scheduler.runNow(task.id);
    await world().advance(100);
    world().workshop.last().fail(new Error('no'));
    await world().inState(run, 'retrying');
    await scheduler.runNow(blocker.id);
    await world().advance(5000);
    expect(world().workshop.calls).toHaveLength(2);
    expect((await world().done(scheduler.cancelRun(run.id))).state).toBe('cancelled');
    world().workshop.last().succeed();
    await world().advance(3000);
    expect(world().workshop.calls).toHaveLength(2);
    expect(slots.taken).toBe(0);
  });
});
