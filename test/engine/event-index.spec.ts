import { expect, it } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.js';
import type { Task } from '../../src/domain/task.js';
import { EventStore } from '../../src/events/event.store.js';
import { EventRecords } from '../../src/events/event-records.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { onEvent } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

const on = (filter?: JsonObject) => ({ triggers: [onEvent('build', filter)], overlap: 'allow' as const });

describeEngine('tasks found by what an event looks like', (world) => {
  it('sees with the next event what another instance has changed', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const started = async (instance: typeof a, data: JsonObject) =>
      (await world().done(instance.scheduler.raise('build', data))).triggeredTasks;
    const task = await a.scheduler.schedule(work(on({ 'data.suite': 'a' })));
    expect(await started(b, { suite: 'a' })).toEqual([task.id]);
    await world().done(a.scheduler.change(task.id, on({ 'data.suite': 'z', 'data.new': 1 })));
    expect(await started(b, { suite: 'a' })).toEqual([]);
    expect(await started(b, { suite: 'z', new: 1 })).toEqual([task.id]);
    await world().done(b.scheduler.change(task.id, on({ 'data.n': { $gt: 4 } })));
    expect(await started(a, { n: 5 })).toEqual([task.id]);
    const added = await b.scheduler.schedule(work(on({ 'data.other': true })));
    expect(await started(a, { other: true })).toEqual([added.id]);
    await world().done(b.scheduler.remove(task.id));
    expect(await started(a, { n: 5 })).toEqual([]);
  });

  it('starts a task that is changed while the event is looked at, and matches before and after', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work(on({ 'data.suite': 'a' })));
    const tasks = b.module.get(TaskStore, { strict: false });
    const read = tasks.eventShapes.bind(tasks);
    let isChanged = false;
    tasks.eventShapes = async (organization) => {
      const shapes = await read(organization);
      if (!isChanged) {
        isChanged = true;
        await a.scheduler.change(task.id, on({ 'data.suite': 'a', 'data.new': 1 }));
      }
      return shapes;
    };
    const { triggeredTasks } = await world().done(b.scheduler.raise('build', { suite: 'a', new: 1 }));
    expect([isChanged, triggeredTasks]).toEqual([true, [task.id]]);
  });

  it('reads of known tasks only those that match, until one of them is changed anywhere', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const compared: Task[] = [];
    for (let n = 0; n < 5; n++) compared.push(await a.scheduler.schedule(work(on({ 'data.n': { $gt: n } }))));
    await a.scheduler.schedule(work(on({ 'data.suite': 'a' })));
    const tasks = b.module.get(TaskStore, { strict: false });
    const [forEvent, byIds] = [tasks.forEvent.bind(tasks), tasks.byIds.bind(tasks)];
    const read: string[] = [];
    tasks.forEvent = async (...asked) => {
      const page = await forEvent(...asked);
      read.push(...page.items.map(({ id }) => id));
      return page;
    };
    tasks.byIds = (ids) => {
      read.push(...ids);
      return byIds(ids);
    };
    const readFor = async (n: number) => {
      const { triggeredTasks } = await world().done(b.scheduler.raise('build', { n }));
      const of = read.splice(0).filter((id) => compared.some((task) => task.id === id));
      return [new Set(triggeredTasks), new Set(of)];
    };
    const ids = compared.map(({ id }) => id);
    const among = (started: string[], looked: string[]) => [new Set(started), new Set(looked)];
    expect(await readFor(1)).toEqual(among(ids.slice(0, 1), ids));
    expect(await readFor(2)).toEqual(among(ids.slice(0, 2), ids.slice(0, 2)));
    expect(await readFor(0)).toEqual(among([], []));
    await world().done(a.scheduler.change(ids[4]!, on({ 'data.n': { $lt: 1 } })));
    expect(await readFor(0)).toEqual(among([ids[4]!], [ids[4]!]));
    await world().done(a.scheduler.pause(ids[4]!, 'a while'));
    expect((await readFor(0))[0]).toEqual(new Set());
    await world().done(a.scheduler.resume(ids[4]!));
    await world().done(a.scheduler.remove(ids[3]!));
    expect((await readFor(0))[0]).toEqual(new Set([ids[4]]));
    expect(await readFor(9)).toEqual(among(ids.slice(0, 3), ids.slice(0, 3)));
  });

  it('asks once for what is the same for events that come in together', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const plain = await scheduler.schedule(work({ ...on(), name: 'plain' }));
    const [tasks, events] = [
      instance.module.get(TaskStore, { strict: false }),
      instance.module.get(EventStore, { strict: false }),
    ];
    const calls: string[] = [];
    const counted = <Port extends object>(port: Port, ...methods: (keyof Port & string)[]) => {
      for (const method of methods) {
        const call = (port[method] as (...asked: unknown[]) => unknown).bind(port);
        (port[method] as unknown) = (...asked: unknown[]) => (calls.push(method), call(...asked));
      }
    };
    counted(tasks, 'forEvent', 'eventShapes', 'idsForEvent');
    counted(events, 'markDispatched');
    const most = async () => {
      const raised = Promise.all(Array.from({ length: 20 }, (_, n) => scheduler.raise('build', { n, suite: 'a' })));
      const answers = await world().done(raised);
      expect(answers.every(({ triggeredTasks }) => triggeredTasks.includes(plain.id))).toBe(true);
      const made = calls.splice(0);
      return Object.fromEntries(
        [...new Set(made)].map((method) => [method, made.filter((each) => each === method).length]),
      );
    };
    // Each one by itself would make 20. How they gather depends on the store.
    const few = (counts: Record<string, number>) => Object.values(counts).filter((count) => count > 10);
    expect(few(await most())).toEqual([]);
    await scheduler.schedule(work({ ...on({ 'data.suite': 'b' }), name: 'looked up' }));
    // It finds how tasks are looked up from now on.
    await world().done(scheduler.raise('build', { n: 0 }));
    calls.splice(0);
    const counts = await most();
    expect(Object.keys(counts)).toContain('idsForEvent');
    expect(few(counts)).toEqual([]);
  });

  it('starts what is read of many known tasks part by part', async () => {
    const instance = await world().boot();
    const filter = { 'data.n': { $gt: 1 }, 'data.note': { $ne: 'x'.repeat(60_000) } };
    const tasks = [await instance.scheduler.schedule(work(on({ 'data.suite': 'a' })))];
    for (let i = 0; i < 12; i++) tasks.push(await instance.scheduler.schedule(work(on(filter))));
    for (const n of [2, 3, 4]) {
      const { triggeredTasks } = await world().done(instance.scheduler.raise('build', { n, suite: 'a' }));
      expect(new Set(triggeredTasks)).toEqual(new Set(tasks.map(({ id }) => id)));
    }
  });

  it('starts what cannot be looked up, and reads nothing of what cannot match', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const all = [];
    for (const filter of [
      undefined,
      { $or: [{ 'data.suite': 'a' }] },
      { 'data.n': { $gt: 1 } },
      { 'data.x': { $ne: 1 } },
    ])
      all.push(await scheduler.schedule(work(on(filter))));
    const others = [];
    for (let i = 0; i < 20; i++) others.push(await scheduler.schedule(work(on({ 'data.suite': `other-${i}` }))));
    const tasks = instance.module.get(TaskStore, { strict: false });
    const read = tasks.forEvent.bind(tasks);
    const found: string[] = [];
    tasks.forEvent = async (...asked) => {
      const page = await read(...asked);
      found.push(...page.items.map(({ id }) => id));
      return page;
    };
    const { triggeredTasks } = await world().done(scheduler.raise('build', { suite: 'a', n: 2 }, 'e'));
    expect(new Set(triggeredTasks)).toEqual(new Set(all.map(({ id }) => id)));
    expect(found).not.toEqual(expect.arrayContaining([others[0]!.id]));
    const { left } = await instance.module.get(EventRecords, { strict: false }).get('default', 'e');
    expect(new Set(left)).toEqual(new Set(others.map(({ id }) => ({ taskId: id, reason: 'filter' }))));
  });
});
