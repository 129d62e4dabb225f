import { aChange, aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';

/** The ports for readers: apart from the engine, and never behind what the engine has acknowledged. */
export function describeReaders({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('show each write as soon as it is acknowledged', async () => {
      const { tasks, runs, readers } = store();
      for (let round = 0; round < 20; round++) {
        let task = aTask();
        await tasks.insert([task]);
        expect(await readers.tasks.get('acme', task.id)).toEqual(task);
        const changed = { ...task, generation: 2, definition: { ...task.definition, name: `round ${round}` } };
        expect(await tasks.replace('acme', changed, task)).toBe(true);
        task = changed;
        expect(await readers.tasks.get('acme', task.id)).toEqual(task);
        const run = aRun({ taskId: task.id, owner: 'i-1', attempt: 1 });
        await runs.insert([run]);
        expect(await readers.runs.get('acme', run.id)).toEqual(run);
        await runs.update([aChange(run, { state: 'succeeded', owner: null, finishedAt: T0 })]);
        expect((await readers.runs.get('acme', run.id))?.state).toBe('succeeded');
        expect(await readers.runs.unfinishedOf([task.id], 9)).toEqual([]);
        expect(await tasks.remove('acme', task.id, 2)).toBe(true);
        expect(await readers.tasks.get('acme', task.id)).toBeNull();
      }
    });

    it('read side by side with writes under way', async () => {
      const { runs, readers } = store();
      const batches = Array.from({ length: 20 }, () => Array.from({ length: 50 }, () => aRun()));
      await Promise.all(
        batches.map(async (batch) => {
          await runs.insert(batch);
          expect(
            await readers.runs.byIds(
              'acme',
              batch.map(({ id }) => id),
            ),
          ).toHaveLength(batch.length);
        }),
      );
    });
  });
}
