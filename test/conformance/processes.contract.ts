import { describe, expect, it } from '@jest/globals';
import { aClaim, aTask } from '../support/builders.js';
import { startContender } from './contender-process.js';
import type { OpenFixture } from './fixture.js';
import { idsOf, times, withFixture } from './with-fixture.js';

/** Several processes on the same data. */
export function describeProcesses(name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const storedTasks = async (count: number) => {
      const tasks = times(count, () => aTask());
      await store().tasks.insert(tasks);
      return tasks;
    };

    it('gives each claim and each lock to one of two processes', async () => {
      const contenders = await Promise.all(['p-1', 'p-2'].map((owner) => startContender(store().url, owner)));
      try {
        for (const round of times(5, (i) => i)) {
          const tasks = await storedTasks(40);
          const keys = times(40, (i) => `round-${round}:${i}`);
          const outcomes = await Promise.all(
            contenders.map((contender) =>
              contender.contend(
                tasks.map((task) => aClaim(task)),
                keys,
              ),
            ),
          );
          expect(outcomes.flatMap(({ opened }) => opened).sort()).toEqual(idsOf(tasks).sort());
          expect(outcomes.flatMap(({ held }) => held).sort()).toEqual([...keys].sort());
          const won = await store().runs.unfinishedOf(outcomes[0]!.opened, 9999);
          expect(won.map(({ owner }) => owner)).toEqual(won.map(() => 'p-1'));
        }
      } finally {
        await Promise.all(contenders.map((contender) => contender.stop()));
      }
    });
  });
}
