import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

describeEngine('two instances on one store', (world) => {
  it('start each of 200 occurrences in two minutes exactly once, on time', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const intervals = [1000, 2000, 3000, 10_000, 30_000];
    const tasks = [];
    for (const [i, everyMs] of intervals.entries()) {
      tasks.push(await [a, b][i % 2]!.scheduler.schedule(work({ triggers: [every(everyMs)], overlap: 'allow' })));
    }
    await world().advance(120_000);
    for (const [i, task] of tasks.entries()) {
      const starts = world().workshop.of(task.id).map(({ at }) => at - T0); // prettier-ignore
      const expected = Array.from({ length: 120_000 / intervals[i]! }, (_, n) => (n + 1) * intervals[i]!);
      expect(starts).toEqual(expected);
    }
    expect(world().workshop.calls.length).toBeGreaterThan(200);
    expect([a.slots.taken, b.slots.taken].every((taken) => taken <= intervals.length)).toBe(true);
  });

  it('go on without one of them, in the middle of it', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const tasks = [];
    for (let i = 0; i < 10; i++) tasks.push(await a.scheduler.schedule(work({ triggers: [every(2000)] })));
    await world().advance(7300);
    await a.crash(b);
    await world().advance(12_000);
    for (const task of tasks) {
      const runs = (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor <= T0 + 18_000);
      expect(runs.map(({ scheduledFor }) => scheduledFor - T0)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18].map((s) => s * 1000)); // prettier-ignore
      expect(runs.filter(({ state }) => state !== 'succeeded' && state !== 'skipped')).toEqual([]);
      const starts = world().workshop.of(task.id).map(({ context }) => `${context.run.id} ${context.run.attempt}`); // prettier-ignore
      expect(starts).toHaveLength(new Set(starts).size);
    }
  });
});
