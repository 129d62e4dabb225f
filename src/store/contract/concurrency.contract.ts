import type { Stores } from '../../storage/ports.js';
import { aChange, aClaim, aLedgerEntry, aTask } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

/** Several connections to the same data. */
export function describeConcurrency({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const storedTasks = async (count: number) => {
      const tasks = times(count, () => aTask());
      await store().tasks.insert(tasks);
      return tasks;
    };

    it('opens each run once when two connections claim the same 200 occurrences at once', async () => {
      const tasks = await storedTasks(200);
      const connections: Stores[] = [store(), await store().reopen()];
      const results = await Promise.all(
        connections.map(({ runs }, i) =>
          runs.open(tasks.map((task) => aClaim(task, { ledger: [aLedgerEntry(task)] }, `i-${i}`))),
        ),
      );
      const owners = new Map((await store().runs.heldBy(['i-0', 'i-1'], 500)).map((run) => [run.taskId, run.owner]));
      for (const [index, task] of tasks.entries()) {
        const [mine, other] = [results[0]![index], results[1]![index]];
        expect(new Set([mine, other])).toEqual(new Set(['opened', 'taken']));
        expect(owners.get(task.id)).toBe(mine === 'opened' ? 'i-0' : 'i-1');
      }
      const ledgers = await Promise.all(
        tasks.map(({ id }) => store().runs.ledger('acme', id, { from: 0, before: Number.MAX_SAFE_INTEGER, limit: 9 })),
      );
      expect(ledgers.map((entries) => entries.length)).toEqual(times(200, () => 1));
    });

    it('applies one of two takeovers of each run', async () => {
      const tasks = await storedTasks(100);
      const claims = tasks.map((task) => aClaim(task));
      await store().runs.open(claims);
      const takeover = (owner: string) => claims.map(({ run }) => aChange(run!, { owner, attempt: 2 }));
      const second = await store().reopen();
      const [a, b] = await Promise.all([store().runs.update(takeover('i-2')), second.runs.update(takeover('i-3'))]);
      expect([...a, ...b].sort()).toEqual(idsOf(claims.map(({ run }) => run!)).sort());
    });

    it('either opens a run or lets the task change, never both', async () => {
      const tasks = await storedTasks(50);
      const second = await store().reopen();
      const [results, replaced] = await Promise.all([
        Promise.all(tasks.map(async (task) => (await store().runs.open([aClaim(task)]))[0])),
        Promise.all(
          tasks.map((task) =>
            second.tasks.replace('acme', { ...task, next: null, state: 'paused', generation: 2 }, task),
          ),
        ),
      ]);
      expect(replaced).toEqual(results.map((result) => result === 'stale'));
      const stored = new Map((await store().tasks.byIds(idsOf(tasks))).map((task) => [task.id, task]));
      expect(tasks.map(({ id }) => stored.get(id)!.generation === 2)).toEqual(replaced);
      const opened = tasks.filter((_, i) => results[i] === 'opened');
      expect(idsOf(await store().runs.heldBy(['instance-1'], 500))).toHaveLength(opened.length);
    });
  });
}
