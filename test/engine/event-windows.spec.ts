import { expect, it } from '@jest/globals';
import { EventRecords } from '../../src/events/event-records.js';
import { EventWindowStore } from '../../src/events/windows/event-window.store.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { Deferred } from '../../src/scheduling/holding/deferred.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const on = (fields: object): TaskInput['triggers'][number] => ({ type: 'event', event: 'build', ...fields });
const debounced = (fields: object = {}) => work({ triggers: [on({ debounce: { quietMs: 1000, maxMs: 3000, ...fields } })] }); // prettier-ignore
const batched = (fields: object = {}) => work({ triggers: [on({ batch: { maxSize: 3, maxMs: 5000, ...fields } })] });
const recordOf = ({ module }: EngineInstance, id: string) =>
  module.get(EventRecords, { strict: false }).get('default', id);
const windowsOf = ({ module }: EngineInstance, taskId: string) =>
  module.get(EventWindowStore, { strict: false }).ofTask('default', taskId, { limit: 100 });

describeEngine('conditions of event triggers', (world) => {
  const ids = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ context }) => [...(context.event?.together ?? []), context.event!].map(({ id }) => id));

  it('starts one run when events have stopped coming, within 50 ms of its time, and tells each event', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const task = await scheduler.schedule(debounced());
    for (const id of ['e-1', 'e-2', 'e-3']) {
      const answer = await world().done(scheduler.raise('build', { id }, id));
      expect(answer.runs).toEqual([]);
      await world().advance(600);
    }
    expect((await recordOf(instance, 'e-1')).left).toMatchObject([{ taskId: task.id, reason: 'waiting' }]);
    expect(world().workshop.calls).toHaveLength(0);
    await world().advance(450);
    expect(ids(task)).toEqual([['e-1', 'e-2', 'e-3']]);
    const [call] = world().workshop.of(task.id);
    expect(call!.at - (T0 + 1200 + 1000)).toBeLessThanOrEqual(50);
    await world().advance(5000);
    const [run] = await world().runsOf(task);
    expect(run).toMatchObject({ state: 'succeeded', trigger: 'event', scheduledFor: T0 + 2200 });
    for (const id of ['e-1', 'e-2', 'e-3']) {
      const { runs, left } = await recordOf(instance, id);
      expect([runs, left]).toEqual([[{ taskId: task.id, runId: run!.id, state: 'succeeded' }], []]);
    }
    expect(await windowsOf(instance, task.id)).toEqual([]);
  });

  it('does not wait longer than maxMs however many events come', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(debounced());
    for (let n = 0; n < 12; n++) {
      await world().done(scheduler.raise('build', { n }, `e-${n}`));
      await world().advance(500);
    }
    await world().advance(4000);
    expect(ids(task).flat()).toHaveLength(12);
    expect(ids(task)[0]).toEqual(['e-0', 'e-1', 'e-2', 'e-3', 'e-4', 'e-5']);
  });

  it('starts a batch when it is full, at once, and what is left over at its time; by key', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const task = await scheduler.schedule(batched({ key: 'data.suite' }));
    const raise = (id: string, suite: string) => world().done(scheduler.raise('build', { suite }, id));
    await raise('a-1', 'a');
    await raise('b-1', 'b');
    await raise('a-2', 'a');
    const { triggeredTasks } = await raise('a-3', 'a');
    expect((await recordOf(instance, 'a-3')).runs).toMatchObject([{ taskId: task.id }]);
    expect(triggeredTasks.length).toBeLessThanOrEqual(1);
    await world().advance(100);
    expect(ids(task)).toEqual([['a-1', 'a-2', 'a-3']]);
    expect((await windowsOf(instance, task.id)).map(({ key }) => key)).toContain('"b"');
    await world().advance(5000);
    expect(ids(task)).toEqual([['a-1', 'a-2', 'a-3'], ['b-1']]);
    await world().advance(10_000);
    expect(await windowsOf(instance, task.id)).toEqual([]);
  });

  it('lets a throttle start no more than its count, and starts nothing for the rest', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const task = await scheduler.schedule(
      work({ overlap: 'allow', triggers: [on({ throttle: { count: 2, perMs: 10_000 } })] }),
    );
    for (let n = 0; n < 4; n++) await world().done(scheduler.raise('build', { n }, `e-${n}`));
    await world().advance(20_000);
    expect(ids(task)).toEqual([['e-0'], ['e-1']]);
    expect((await recordOf(instance, 'e-3')).left).toEqual([{ taskId: task.id, reason: 'throttled' }]);
    expect((await recordOf(instance, 'e-1')).runs).toHaveLength(1);
    await world().done(scheduler.raise('build', {}, 'later'));
    await world().advance(100);
    expect(ids(task)).toHaveLength(3);
  });

  it('waits for all events of a join: the newest of a kind counts, one that waits too long is told so', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const all = { events: [{ event: 'build' }, { event: 'deploy', filter: { 'data.ok': true } }], withinMs: 8000 };
    const task = await scheduler.schedule(work({ triggers: [{ type: 'event', all }] }));
    await world().done(scheduler.raise('build', {}, 'old'));
    await world().advance(100);
    await world().done(scheduler.raise('build', {}, 'new'));
    await world().done(scheduler.raise('deploy', { ok: false }, 'bad'));
    await world().advance(3000);
    expect(ids(task)).toEqual([]);
    await world().done(scheduler.raise('deploy', { ok: true }, 'good'));
    await world().advance(3000);
    expect(ids(task)).toEqual([['new', 'good']]);
    expect((await recordOf(instance, 'old')).left).toEqual([{ taskId: task.id, reason: 'replaced' }]);
    expect((await recordOf(instance, 'bad')).left).toEqual([{ taskId: task.id, reason: 'filter' }]);
    await world().done(scheduler.raise('build', {}, 'lonely'));
    await world().advance(25_000);
    expect((await recordOf(instance, 'lonely')).left).toEqual([{ taskId: task.id, reason: 'expired' }]);
    expect(await windowsOf(instance, task.id)).toEqual([]);
  });

  it('adds an event once, however often it comes and wherever', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(batched());
    const raises = [a, b, a, b].map(({ scheduler }) => scheduler.raise('build', {}, 'same'));
    await world().done(Promise.all(raises));
    await world().done(b.scheduler.raise('build', {}, 'other'));
    await world().advance(2000);
    await world().done(a.scheduler.raise('build', {}, 'same'));
    expect(ids(task)).toEqual([]);
    await world().advance(6000);
    expect(ids(task)).toEqual([['same', 'other']]);
    await world().done(b.scheduler.raise('build', {}, 'same'));
    await world().advance(20_000);
    expect(ids(task)).toHaveLength(1);
  });

  it('adds an event once, though the first write of its window arrives when that has ended and is gone', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await world().done(a.scheduler.schedule(debounced()));
    const [arrives, isSent] = [new Deferred<void>(), new Deferred<void>()];
    const late = a.gate.obstruct((method, [changes]) => {
      if (method !== 'write' || !(changes as { read: string | null }[])[0]) return undefined;
      isSent.resolve();
      return arrives.promise;
    });
    const raised = a.scheduler.raise('build', null, 'e-2');
    await isSent.promise;
    for (const id of ['e-1', 'e-2']) void b.scheduler.raise('build', null, id);
    await world().untilHeldUp(() => world().workshop.of(task.id).length > 0, b);
    await world().advanceHeldUp(2000, b);
    expect(await windowsOf(b, task.id)).toEqual([]);
    late();
    arrives.resolve();
    await world().done(raised);
    await world().advance(10_000);
    expect(ids(task).map((each) => each.toSorted())).toEqual([['e-1', 'e-2']]);
    expect(await windowsOf(b, task.id)).toEqual([]);
  });

  it('fires at once what ended while all instances were down, once', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(debounced());
    await world().done(a.scheduler.raise('build', {}, 'e-1'));
    await a.crash();
    await b.crash();
    await world().clock.advance(60_000);
    const [c, d] = [await world().boot(), await world().boot()];
    await world().until(() => ids(task).length > 0);
    expect(world().clock.now() - (T0 + 60_000)).toBeLessThanOrEqual(1000);
    await world().advance(20_000);
    expect(ids(task)).toEqual([['e-1']]);
    expect([c.slots.taken, d.slots.taken]).toEqual([0, 0]);
  });

  it('makes one run of a window that an instance left in the middle of its end', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(debounced());
    await world().done(a.scheduler.raise('build', {}, 'e-1'));
    let isHeld = false;
    a.gate.obstruct((method, [items]) => {
      const isRun = method === 'insert' && JSON.stringify(items).includes('scheduledFor');
      isHeld ||= isRun;
      return isRun ? new Promise(() => undefined) : undefined;
    });
    await world().untilHeldUp(() => isHeld, a);
    const [window] = await windowsOf(a, task.id);
    expect(window!.ended).toHaveLength(1);
    await a.crash();
    const b = await world().boot();
    await world().until(() => ids(task).length > 0);
    const [run] = await world().runsOf(task);
    expect(run!.id).toBe(window!.ended[0]!.runId);
    // What comes meanwhile has a window of its own.
    await world().done(b.scheduler.raise('build', {}, 'e-2'));
    await world().advance(20_000);
    expect(ids(task)).toEqual([['e-1'], ['e-2']]);
  });

  it('ends the window of a trigger that is changed, and tells what it held; others go on', async () => {
    const instance = await world().boot();
    const { scheduler, tasks } = instance;
    const [changed, gone, renamed] = [await scheduler.schedule(debounced()), await scheduler.schedule(debounced()), await scheduler.schedule(debounced())]; // prettier-ignore
    await world().done(scheduler.raise('build', {}, 'e-1'));
    await world().done(
      tasks.change('default', changed.id, { triggers: [on({ debounce: { quietMs: 900, maxMs: 3000 } })] }),
    );
    await world().done(scheduler.remove(gone.id));
    await world().done(tasks.change('default', renamed.id, { name: 'another' }));
    await world().advance(5000);
    expect([ids(changed), ids(gone), ids(renamed)]).toEqual([[], [], [['e-1']]]);
    const { left, runs } = await recordOf(instance, 'e-1');
    expect(runs.map(({ taskId }) => taskId)).toEqual([renamed.id]);
    expect(left).toEqual(expect.arrayContaining([changed, gone].map(({ id }) => ({ taskId: id, reason: 'changed' }))));
    expect(await windowsOf(instance, changed.id)).toEqual([]);
  });

  it('holds the window of a paused task, whose run is due from the end of the pause on', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(debounced());
    await world().done(scheduler.raise('build', {}, 'e-1'));
    await world().done(scheduler.pause(task.id, 'maintenance'));
    await world().advance(30_000);
    expect(ids(task)).toEqual([]);
    await world().done(scheduler.resume(task.id));
    await world().advance(200);
    expect(ids(task)).toEqual([['e-1']]);
    const [run] = await world().runsOf(task);
    expect(run!.latenessMs).toBeLessThan(500);
  });

  it('has no more windows than a task may have, and tells what came beyond', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const task = await scheduler.schedule(batched({ key: 'data.n', maxMs: 600_000 }));
    const window = (n: number) => ({
      ...{ id: `full-${n}`, organization: 'default', taskId: task.id, trigger: 'x', key: `${n}`, version: `v${n}` },
      ...{ dueAt: T0 + 1e9, gathering: null, ended: [], spent: [], starts: [{ id: 'e', at: T0 }] },
    });
    const store = instance.module.get(EventWindowStore, { strict: false });
    await store.write(Array.from({ length: 999 }, (_, n) => ({ window: window(n), read: null })));
    await world().done(scheduler.raise('build', { n: 'last' }, 'e-1'));
    await world().done(scheduler.raise('build', { n: 'beyond' }, 'e-2'));
    await world().done(scheduler.raise('build', { n: 'last' }, 'e-3'));
    expect((await recordOf(instance, 'e-2')).left).toEqual([{ taskId: task.id, reason: 'windows' }]);
    for (const id of ['e-1', 'e-3']) expect((await recordOf(instance, id)).left).toMatchObject([{ reason: 'waiting' }]);
  });

  it('does not let the windows of an organization hold up those of another, nor a schedule', async () => {
    const { scheduler } = await world().boot();
    const crowd = await scheduler
      .for('acme')
      .schedule({ ...batched({ key: 'data.n', maxMs: 1000 }), overlap: 'allow' });
    const other = await scheduler.for('globex').schedule(batched({ maxMs: 1000 }));
    const steady = await scheduler.schedule(work({ triggers: [every(1000)] }));
    const raises = Array.from({ length: 150 }, (_, n) => scheduler.for('acme').raise('build', { n }, `e-${n}`));
    await world().done(Promise.all([...raises, scheduler.for('globex').raise('build', {}, 'theirs')]));
    await world().advance(4000);
    expect(ids(other)).toEqual([['theirs']]);
    await world().until(() => ids(crowd).length === 150);
    const [run] = await world().runsOf(other, 'globex');
    expect(run!.latenessMs).toBeLessThanOrEqual(50);
    expect(world().workshop.of(steady.id).length).toBeGreaterThanOrEqual(3);
  });

  it('goes on where the record of a window cannot be used', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const [poor, well] = [await scheduler.schedule(debounced()), await scheduler.schedule(debounced())];
    await world().done(scheduler.raise('build', {}, 'e-1'));
    const store = instance.module.get(EventWindowStore, { strict: false });
    const [window] = await windowsOf(instance, poor.id);
    const broken = { ...window!, version: 'broken', gathering: 7 as never };
    await store.write([{ window: broken, read: window!.version }]);
    await world().advance(3000);
    expect([ids(poor), ids(well)]).toEqual([[], [['e-1']]]);
    await world().done(scheduler.raise('build', {}, 'e-2'));
    await world().advance(3000);
    expect(ids(poor)).toEqual([['e-2']]);
  });
});
