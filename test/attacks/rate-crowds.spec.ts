import { expect, it } from '@jest/globals';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { PoolQueue } from '../../src/scheduling/resources/pool-queue.js';
import { OverdueSearch } from '../../src/overdue/overdue-search.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { aRun, aTask } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const HOUR = 3_600_000;
const MANY = 10_000;
const PAGE = 1000;
/** How many of them are looked at each second, of an organization that is not alone. */
const EACH_SECOND = 200;
/** A sixth of the memory of an instance, in runs that carry nothing. */
const MOST_IN_MEMORY = 4096;

describeEngine('an organization with ten thousand due runs and a rate of one start an hour', (world) => {
  it.each([
    ['one task', 1, MANY],
    ['a hundred tasks, each with a rate of its own', 100, MANY / 2],
  ])(
    'delays nobody and takes a bounded part of memory: %s',
    async (_, count, many) => {
      const instance = await world().boot();
      const { runStore, settings, scheduler } = instance;
      const held = instance.of(HeldRuns);
      const pools = Array.from({ length: count }, (__, index) => `api-${index}`);
      const rate = { capacity: 1, perMs: HOUR };
      await settings.put('acme', { resources: Object.fromEntries(pools.map((name) => [name, rate])) });
      const acme = scheduler.for('acme');
      const tasks: string[] = [];
      for (const name of pools)
        tasks.push((await acme.schedule(work({ resources: { [name]: 1 }, overlap: 'allow' }))).id);
      const other = await scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
      await world().advance(3000);
      const dueAt = world().clock.now();
      const due = (index: number) =>
        aRun({
          organization: 'acme',
          taskId: tasks[index % tasks.length]!,
          trigger: 'manual',
          dueAt,
          createdAt: dueAt,
        });
      for (let from = 0; from < many; from += PAGE)
        await runStore.insert(Array.from({ length: PAGE }, (__, index) => due(from + index)));
      const seconds = many / EACH_SECOND + 5;
      let most = 0;
      const before = world().workshop.of(other.id).length;
      for (let second = 0; second < seconds; second++) {
        await world().advance(1000);
        most = Math.max(most, held.count('waiting-for-units'));
      }
      expect(world().workshop.of(other.id).length - before).toBeGreaterThanOrEqual(seconds - 1);
      const late = (await world().runsOf(other, 'globex')).map(({ latenessMs }) => latenessMs ?? 0);
      expect(Math.max(...late)).toBeLessThanOrEqual(50);
      expect(most).toBeLessThanOrEqual(MOST_IN_MEMORY);
      // Each rate has let one begin; all others are accounted for.
      const begun = world().workshop.calls.filter(({ context }) => tasks.includes(context.run.taskId)).length;
      expect([begun, instance.of(PoolQueue).size]).toEqual([tasks.length, many - tasks.length]);
    },
    240_000,
  );

  it('hides nothing that is overdue of others, neither by its waiting runs nor by its due tasks', async () => {
    const instance = await world().boot();
    const { runStore, scheduler, locks } = instance;
    const now = world().clock.now();
    const crowd = await scheduler.for('acme').schedule(work({ resources: { api: 1 }, overlap: 'allow' }));
    const waiting = { organization: 'acme', taskId: crowd.id, owner: locks.owner, attempt: 1, dueAt: now - HOUR };
    await runStore.insert(Array.from({ length: 1500 }, () => aRun(waiting)));
    const late = { next: { scheduledFor: now - HOUR, dueAt: now - HOUR }, organization: 'acme' };
    await instance.of(TaskStore).insert(Array.from({ length: 1500 }, () => aTask(late)));
    const next = { scheduledFor: now - 20_000, dueAt: now - 20_000 };
    await instance.of(TaskStore).insert([aTask({ organization: 'initech', next })]);
    const other = await scheduler.for('globex').schedule(work());
    // One that waits rightly does not hide the other one of its organization either.
    const busy = await scheduler.for('globex').schedule(work({ resources: { disk: 1 } }));
    const ofGlobex = { organization: 'globex', attempt: 1, owner: locks.owner };
    await runStore.insert([
      aRun({ ...ofGlobex, taskId: busy.id, dueAt: now - 2 * HOUR }),
      aRun({ ...ofGlobex, owner: null, attempt: 0, taskId: other.id, dueAt: now - 30_000 }),
    ]);
    const { tasks, complete } = await instance.of(OverdueSearch).find(now - 10_000);
    expect(complete).toBe(false);
    const found = tasks.filter(({ task }) => task.organization !== 'acme');
    expect(found.map(({ task, runs, occurrence }) => `${task.organization} ${runs} ${occurrence}`).sort()).toEqual([
      'globex 1 false',
      'initech 0 true',
    ]);
    expect(tasks.length).toBeLessThanOrEqual(5000);
  });
});
