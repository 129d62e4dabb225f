import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

describeEngine('overlap', (world) => {
  const busy = async (fields: Partial<TaskInput>) => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work(fields));
    return { scheduler, task, calls: () => world().workshop.of(task.id) };
  };
  const statesOf = async (task: { id: string }) =>
    (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor <= world().clock.now()).map(({ state }) => state); // prettier-ignore

  it('skip: records what came due while a run was not finished, and goes on afterwards', async () => {
    const { task, calls } = await busy({ triggers: [every(2000)] });
    await world().advance(5000);
    expect(await statesOf(task)).toEqual(['running', 'skipped']);
    const [first, skipped] = await world().runsOf(task);
    expect(skipped!.reason).toContain(first!.id);
    calls()[0]!.succeed();
    await world().advance(1050);
    expect(await statesOf(task)).toEqual(['succeeded', 'skipped', 'running']);
  });

  it('skip: minds manual runs, and runs that wait for their next attempt', async () => {
    const { scheduler, task, calls } = await busy({
      triggers: [every(4000)],
      retry: { jitter: 0, baseDelayMs: 6000, maxAttempts: 2 },
    });
    const manual = await scheduler.runNow(task.id);
    await world().advance(50);
    await scheduler.runNow(task.id);
    await world().advance(50);
    expect(await statesOf(task)).toEqual(['running', 'skipped']);
    calls()[0]!.fail(new Error('no'));
    await world().inState(manual, 'retrying');
    await world().advance(4000);
    expect((await statesOf(task)).at(-1)).toBe('skipped');
    await world().advance(2000);
    expect(calls()).toHaveLength(2);
    calls()[1]!.succeed();
    await world().advance(2050);
    expect((await statesOf(task)).at(-1)).toBe('running');
  });

  it('queue: runs everything, one at a time, in order', async () => {
    const { task, calls } = await busy({ triggers: [every(2000)], overlap: 'queue' });
    await world().advance(7000);
    expect(calls()).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      await world().until(() => calls().length === i + 1);
      calls()[i]!.succeed();
    }
    await world().settle();
    expect(calls().map(({ context }) => context.run.scheduledFor.getTime() - T0)).toEqual([2000, 4000, 6000]);
    expect(await statesOf(task)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('queue: lets queued runs be cancelled without disturbing the others', async () => {
    const { scheduler, task, calls } = await busy({ overlap: 'queue' });
    const runs = [];
    for (let i = 0; i < 4; i++) {
      runs.push(await scheduler.runNow(task.id));
      await world().advance(50);
    }
    expect((await world().done(scheduler.cancelRun(runs[1]!.id))).state).toBe('cancelled');
    await world().advance(1000);
    expect(calls()).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      await world().until(() => calls().length === i + 1);
      calls()[i]!.succeed();
    }
    await world().settle();
    expect(calls().map(({ context }) => context.run.id)).toEqual([runs[0]!.id, runs[2]!.id, runs[3]!.id]);
  });

  it('allow: runs side by side', async () => {
    const { task, calls } = await busy({ triggers: [every(1000)], overlap: 'allow' });
    await world().advance(3500);
    expect(calls().map(({ at }) => at - T0)).toEqual([1000, 2000, 3000]);
    for (const call of calls()) call.succeed();
    await world().settle();
    expect(await statesOf(task)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('replace: cancels the running one and starts at once', async () => {
    const { task, calls } = await busy({ triggers: [every(2000)], overlap: 'replace' });
    await world().advance(4500);
    expect(calls().map(({ at }) => at - T0)).toEqual([2000, 4000]);
    expect(calls()[0]!.context.signal.aborted).toBe(true);
    const [first, second] = await world().runsOf(task);
    expect(first).toMatchObject({ state: 'cancelled', finishedAt: T0 + 4000 });
    expect(first!.reason).toContain(second!.id);
    expect(second!.state).toBe('running');
  });

  it('replace: cancels a run that waits for its next attempt, and starts at once', async () => {
    const { scheduler, task, calls } = await busy({
      overlap: 'replace',
      retry: { jitter: 0, baseDelayMs: 60_000 },
    });
    const first = await scheduler.runNow(task.id);
    await world().settle();
    calls()[0]!.fail(new Error('no'));
    await world().inState(first, 'retrying');
    await scheduler.runNow(task.id);
    await world().advance(100);
    expect(calls()).toHaveLength(2);
    expect((await scheduler.getRun(first.id)).state).toBe('cancelled');
  });

  it.each([-800, -400, -200, -150, -100, -50, 0, 50])(
    'runs one at a time when another instance is asked for one %i ms from an armed occurrence',
    async (offset) => {
      const instances = [await world().boot(), await world().boot()];
      world().workshop.answering = byHand;
      const task = await instances[0]!.scheduler.schedule(work({ triggers: [every(10_000)], timeoutMs: 600_000 }));
      await world().advance(10_000 + Math.min(offset, -900));
      const [armed] = await world().runsOf(task);
      const other = instances.find(({ locks }) => locks.owner !== armed!.owner)!;
      await world().advance(offset + 900);
      const manual = await other.scheduler.runNow(task.id);
      await world().advance(2000);
      expect(world().workshop.of(task.id)).toHaveLength(1);
      const states = [await other.scheduler.getRun(armed!.id), await other.scheduler.getRun(manual.id)];
      expect(states.map(({ state }) => state).sort()).toEqual(['running', 'skipped']);
      const [scheduled, asked] = states.map(({ state, latenessMs }) => (state === 'running' ? latenessMs! : 0));
      expect(scheduled).toBe(0);
      // The requested run waits to see what becomes of the occurrence only if that was about to start.
      expect(asked).toBeLessThanOrEqual(offset < -200 ? 0 : 250);
    },
  );

  it.each([1, 2])(
    'asks the store again before an armed run starts only beside others (instances: %i)',
    async (count) => {
      const instances = [];
      for (let i = 0; i < count; i++) instances.push(await world().boot());
      const task = await instances[0]!.scheduler.schedule(work({ triggers: [every(20_000)] }));
      await world().advance(19_500);
      let asked = 0;
      for (const { gate } of instances) gate.obstruct((method) => void (method === 'heldElsewhere' && asked++));
      await world().advance(550);
      expect(asked).toBe(count - 1);
      expect(await world().runsOf(task)).toMatchObject([{ state: 'succeeded', latenessMs: 0 }]);
    },
  );

  it.each(['skip', 'queue', 'replace'] as const)(
    '%s: starts what another instance is asked for although the task is due every moment',
    async (overlap) => {
      const instances = [await world().boot(), await world().boot()];
      await world().advance(6000);
      const task = await instances[0]!.scheduler.schedule(work({ triggers: [every(100)], overlap }));
      await world().advance(2000);
      const [owner] = world().workshop.of(task.id).slice(-1);
      const other = instances.find(({ label }) => label !== owner!.instance)!;
      const manual = await other.scheduler.runNow(task.id);
      await world().advance(1000);
      expect((await other.scheduler.getRun(manual.id)).state).toBe('succeeded');
      const before = world().workshop.of(task.id).length;
      await world().advance(1000);
      expect(world().workshop.of(task.id).length).toBeGreaterThan(before + 5);
    },
  );

  it.each(['skip', 'queue', 'replace'] as const)('%s: minds a run on another instance', async (overlap) => {
    const { scheduler, task, calls } = await busy({ overlap });
    const b = await world().boot();
    const first = await scheduler.runNow(task.id);
    await world().advance(100);
    const second = await b.scheduler.runNow(task.id);
    await world().advance(500);
    if (overlap === 'skip') expect((await scheduler.getRun(second.id)).state).toBe('skipped');
    if (overlap === 'queue') {
      expect(calls()).toHaveLength(1);
      calls()[0]!.succeed();
    }
    if (overlap === 'replace') await world().inState(first, 'cancelled');
    if (overlap === 'skip') return;
    await world().until(() => calls().length === 2);
    calls()[1]!.succeed();
    await world().inState(second, 'succeeded');
  });
});
