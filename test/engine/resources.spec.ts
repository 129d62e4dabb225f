import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { byHand, type Call } from '../support/workshop.js';

const needing = (resources: Record<string, number>, fields: Partial<TaskInput> = {}) =>
  work({ resources, overlap: 'allow', timeoutMs: 600_000, ...fields });

describeEngine('resource pools', (world) => {
  const ended = new Set<Call>();
  const underWay = () => world().workshop.calls.filter((call) => !ended.has(call));
  const end = (call: Call) => {
    ended.add(call);
    call.succeed();
  };
  /** Lets the units of a dead instance expire, as the store sees it. */
  const expireUnits = (by: EngineInstance, owner: string, pool: string, capacity: number) =>
    by.lockStore.release(Array.from({ length: capacity }, (_, slot) => `pool/default/${pool}/${slot}`), owner); // prettier-ignore

  it('lets one run at a time have a pool of which nothing is set, and the others say why they wait', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(needing({ browser: 1 }));
    const runs = [];
    for (let i = 0; i < 3; i++) {
      runs.push(await scheduler.runNow(task.id));
      await world().advance(50);
    }
    expect([world().workshop.calls.length, slots.taken]).toEqual([1, 1]);
    const waiting = await scheduler.getRun(runs[1]!.id);
    expect(waiting).toMatchObject({ state: 'pending', reason: expect.stringContaining('1 of pool "browser"') });
    for (let i = 0; i < 3; i++) {
      await world().until(() => world().workshop.calls.length === i + 1);
      expect(underWay()).toHaveLength(1);
      end(world().workshop.last());
    }
    for (const run of runs) expect(await world().inState(run, 'succeeded')).toMatchObject({ reason: null });
    expect(world().workshop.calls.map(({ context }) => context.run.id)).toEqual(runs.map(({ id }) => id));
    expect(slots.taken).toBe(0);
  });

  it.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])('knows a pool by the name of %s', async (name) => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(needing({ [name]: 1 }));
    const runs = [await scheduler.runNow(task.id), await scheduler.runNow(task.id)];
    for (const run of runs) {
      await world().until(() => underWay().length === 1);
      end(world().workshop.last());
      await world().inState(run, 'succeeded');
    }
    await expect(scheduler.schedule(needing({ [name]: 1 }))).resolves.toBeDefined();
  });

  it('never exceeds a capacity with two instances, through the death of one', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { resources: { browser: 2 } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(needing({ browser: 1 }));
    const runs = [];
    for (let i = 0; i < 8; i++) runs.push(await (i % 2 ? a : b).scheduler.runNow(task.id));
    await world().advance(1000);
    expect(underWay()).toHaveLength(2);
    end(underWay()[0]!);
    await world().advance(1000);
    expect(underWay()).toHaveLength(2);
    const former = a.locks.owner;
    await a.crash(b);
    // Its runs can be taken over now, but its units are not free yet.
    await world().advance(3000);
    expect(underWay().length).toBeLessThanOrEqual(2);
    await expireUnits(b, former, 'browser', 2);
    for (const call of underWay()) if (call.instance === 'a') ended.add(call);
    for (let i = 0; i < 20; i++) {
      await world().advance(500);
      expect(underWay().length).toBeLessThanOrEqual(2);
      for (const call of underWay()) end(call);
    }
    for (const run of runs) await world().inState(run, 'succeeded');
    expect(b.slots.taken).toBe(0);
  });

  it('takes the units of several pools all or none, in whatever order they are named', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const one = await a.scheduler.schedule(needing({ x: 1, y: 1 }));
    const other = await a.scheduler.schedule(needing({ y: 1, x: 1 }));
    for (let i = 0; i < 3; i++) {
      await Promise.all([a.scheduler.runNow(one.id), b.scheduler.runNow(other.id)]);
    }
    for (let i = 0; i < 6; i++) {
      await world().until(() => underWay().length > 0);
      await world().advance(300);
      expect(underWay()).toHaveLength(1);
      end(underWay()[0]!);
    }
    await world().advance(1000);
    expect(world().workshop.calls).toHaveLength(6);
  });

  it('serves by priority and age, and lets nobody pass who waits for many units', async () => {
    const { scheduler, settings } = await world().boot();
    await settings.put('default', { resources: { browser: 2 } });
    world().workshop.answering = byHand;
    const make = (name: string, browser: number, priority = 5) =>
      scheduler.schedule(needing({ browser }, { priority, parameters: { name } }));
    const [small, large, urgent] = [await make('small', 1), await make('large', 2), await make('urgent', 1, 9)];
    for (const task of [small, small, large, small, urgent]) {
      await scheduler.runNow(task.id);
      await world().advance(50);
    }
    const order: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await world().until(() => underWay().length > 0);
      await world().advance(300);
      const [call] = underWay();
      order.push(call!.context.parameters['name']);
      end(call!);
    }
    expect(order).toEqual(['small', 'small', 'urgent', 'large', 'small']);
  });

  it('frees the units between attempts, when a run is cancelled, and when the instance stops', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 200 } });
    const b = await world().boot();
    world().workshop.answering = byHand;
    const retry = { jitter: 0, baseDelayMs: 60_000 };
    const task = await a.scheduler.schedule(needing({ browser: 1 }, { retry }));
    const [failing, second, third] = [
      await a.scheduler.runNow(task.id),
      await a.scheduler.runNow(task.id),
      await a.scheduler.runNow(task.id),
    ];
    await world().settle();
    world().workshop.last().fail(new Error('no'));
    await world().inState(failing, 'retrying');
    await world().inState(second, 'running');
    await world().done(a.scheduler.cancelRun(second.id));
    await world().inState(third, 'running');
    await world().done(a.stop());
    await world().until(() => world().workshop.last().instance === 'b');
    expect(b.slots.taken).toBe(1);
  });

  it('lets what waits for units be cancelled, and misses it at its start deadline', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(needing({ browser: 1 }, { startDeadlineMs: 2000 }));
    await scheduler.runNow(task.id);
    await world().advance(50);
    const [cancelled, missed] = [await scheduler.runNow(task.id), await scheduler.runNow(task.id)];
    await world().advance(500);
    expect((await world().done(scheduler.cancelRun(cancelled.id))).state).toBe('cancelled');
    await world().advance(1600);
    expect((await scheduler.getRun(missed.id)).state).toBe('missed');
    expect(slots.taken).toBe(1);
  });

  it('refuses a task that needs more than is set, and records it where nothing was set', async () => {
    const { scheduler, settings } = await world().boot();
    await settings.put('default', { resources: { browser: 2 } });
    const fault = { pointer: '/resources/browser', detail: expect.stringContaining('2') };
    await expect(scheduler.schedule(needing({ browser: 3 }))).rejects.toMatchObject({ faults: [fault] });
    world().workshop.answering = byHand;
    const [beyond, modest] = [await scheduler.schedule(needing({ gpu: 3 })), await scheduler.schedule(needing({ gpu: 1 }))]; // prettier-ignore
    const waiting = await scheduler.runNow(beyond.id);
    await world().advance(300);
    expect((await scheduler.getRun(waiting.id)).reason).toContain('whose capacity is only 1');
    await scheduler.runNow(modest.id);
    await world().until(() => underWay().length === 1);
    end(underWay()[0]!);
    await settings.put('default', { resources: { gpu: 3 } });
    await world().inState(waiting, 'running');
  });

  it('starts an occurrence on time where units are free, and a later one when they are', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(needing({ browser: 1 }, { triggers: [every(2000)], overlap: 'skip' }));
    await world().advance(2500);
    expect(world().workshop.of(task.id).map(({ at }) => at - T0)).toEqual([2000]); // prettier-ignore
    end(world().workshop.last());
    await world().advance(2000);
    expect(world().workshop.of(task.id).map(({ at }) => at - T0)).toEqual([2000, 4000]); // prettier-ignore
  });
});
