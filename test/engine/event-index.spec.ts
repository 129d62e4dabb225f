import { expect, it } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.js';
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
