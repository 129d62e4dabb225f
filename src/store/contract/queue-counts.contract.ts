import { aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';

/** What stores tell of queues: what waits in them, and what runs. */
export function describeQueueCounts({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const sorted = <Each extends { queue: string }>(counts: readonly Each[]) =>
      [...counts].sort((a, b) => (a.queue < b.queue ? -1 : 1));
    const waking = (organization: string, queue: string | undefined, dueAt: number) =>
      aTask({
        organization,
        next: { scheduledFor: dueAt, dueAt },
        definition: queue === undefined ? {} : { queue },
      });

    it('counts the tasks of an organization by queue, those first that are due first', async () => {
      const tasks = [
        waking('acme', undefined, T0 - 5),
        waking('acme', 'heavy', T0 - 3),
        waking('acme', 'heavy', T0),
        waking('acme', 'heavy', T0 + 1),
        waking('acme', 'mail', T0 + 9),
        waking('umbrella', 'heavy', T0 - 100),
        aTask({ organization: 'acme', next: null, definition: { queue: 'idle' } }),
      ];
      await store().tasks.insert(tasks);
      expect(sorted(await store().tasks.queues('acme', T0, 100))).toEqual([
        { queue: 'default', due: 1, upcoming: 0, oldest: T0 - 5 },
        { queue: 'heavy', due: 2, upcoming: 1, oldest: T0 - 3 },
        { queue: 'mail', due: 0, upcoming: 1, oldest: T0 + 9 },
      ]);
      expect(sorted(await store().tasks.queues('acme', T0, 2))).toEqual([
        { queue: 'default', due: 1, upcoming: 0, oldest: T0 - 5 },
        { queue: 'heavy', due: 1, upcoming: 0, oldest: T0 - 3 },
      ]);
      expect(await store().tasks.queues('nobody', T0, 100)).toEqual([]);
    });

    it('counts the unfinished runs of an organization by queue, whoever holds them', async () => {
      await store().runs.insert([
        aRun({ dueAt: T0 - 7 }),
        aRun({ dueAt: T0 - 9, queue: 'heavy', owner: 'i-1', attempt: 1 }),
        aRun({ dueAt: T0 - 20, queue: 'heavy', owner: 'i-1', attempt: 1, state: 'running', startedAt: T0 - 20 }),
        aRun({ dueAt: T0 - 2, queue: 'heavy', owner: 'i-2', attempt: 2, state: 'retrying' }),
        aRun({ dueAt: T0 + 1, queue: 'heavy', owner: 'i-2', attempt: 2, state: 'retrying' }),
        aRun({ dueAt: T0 - 8, queue: 'heavy', state: 'succeeded', finishedAt: T0 - 1 }),
        aRun({ dueAt: T0 - 50, queue: 'heavy', organization: 'umbrella' }),
        aRun({ dueAt: T0 - 50, queue: 'busy', owner: 'i-1', attempt: 1, state: 'running', startedAt: T0 - 50 }),
      ]);
      expect(sorted(await store().runs.queues('acme', T0, 100))).toEqual([
        { queue: 'busy', waiting: 0, running: 1, oldest: null },
        { queue: 'default', waiting: 1, running: 0, oldest: T0 - 7 },
        { queue: 'heavy', waiting: 2, running: 1, oldest: T0 - 9 },
      ]);
      expect(await store().runs.queues('nobody', T0, 100)).toEqual([]);
    });
  });
}
