import { expect, it } from '@jest/globals';
import { aRun, T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

const MANY = 3000;

describeEngine('a task with very many unfinished runs', (world) => {
  it('is deleted page by page, and each of its runs ends', async () => {
    const instance = await world().boot();
    const { runStore, scheduler } = instance;
    const task = await scheduler.schedule(work({ overlap: 'allow' }));
    const [organization, taskId] = ['default', task.id];
    const dueAt = T0 + 60_000;
    const waiting = Array.from({ length: MANY }, () => aRun({ organization, taskId, dueAt }));
    for (let from = 0; from < MANY; from += 1000) await runStore.insert(waiting.slice(from, from + 1000));
    let largest = 0;
    const { list, unfinishedOf, heldBeside } = runStore;
    runStore.list = async (...parts: Parameters<typeof list>) => {
      const found = await list.apply(runStore, parts);
      largest = Math.max(largest, found.items.length);
      return found;
    };
    runStore.unfinishedOf = async (...parts: Parameters<typeof unfinishedOf>) => {
      const found = await unfinishedOf.apply(runStore, parts);
      largest = Math.max(largest, found.length);
      return found;
    };
    runStore.heldBeside = async (...parts: Parameters<typeof heldBeside>) => {
      const found = await heldBeside.apply(runStore, parts);
      largest = Math.max(largest, found.length);
      return found;
    };
    await world().done(scheduler.remove(taskId));
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(200);
    await world().until(async () => (await unfinishedOf.call(runStore, [taskId], 1)).length === 0);
    const states = await runStore.statesOf(
      organization,
      waiting.map(({ id }) => id),
    );
    expect([states.size, new Set(states.values())]).toEqual([MANY, new Set(['cancelled'])]);
  });

  it('held elsewhere is minded with a look at a few of them, whether or not they come first', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await world().advance(6000);
    const task = await a.scheduler.schedule(work({ overlap: 'queue' }));
    const [organization, taskId] = ['default', task.id];
    const held = { organization, taskId, owner: b.locks.owner, attempt: 1 };
    const later = Array.from({ length: MANY }, (_, index) => aRun({ ...held, dueAt: T0 + 600_000 + index }));
    for (let from = 0; from < MANY; from += 1000) await a.runStore.insert(later.slice(from, from + 1000));
    let largest = 0;
    const { heldBeside } = a.runStore;
    a.runStore.heldBeside = async (...parts: Parameters<typeof heldBeside>) => {
      const found = await heldBeside.apply(a.runStore, parts);
      largest = Math.max(largest, found.length);
      return found;
    };
    const first = await a.scheduler.runNow(taskId);
    await world().until(async () => (await a.scheduler.getRun(first.id)).state === 'succeeded');
    const begun = { state: 'running', startedAt: T0, dueAt: T0 + 900_000 } as const;
    await a.runStore.insert([aRun({ ...held, ...begun })]);
    const second = await a.scheduler.runNow(taskId);
    await world().advance(3000);
    expect((await a.scheduler.getRun(second.id)).state).toBe('pending');
    await world().done(a.scheduler.change(taskId, { name: 'changed' }));
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(300);
  });
});
