import { newId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import { aRun, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf } from './lists.js';

/** What runs carry: parameters, and the data of their events. */
export function describeRunPayloads({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const storedAt = async (...fields: Partial<Run>[]) => {
      const runs = fields.map((each) => aRun({ id: newId(T0), ...each }));
      await store().runs.insert(runs);
      return runs;
    };

    it('keeps all that a run carries, and may leave large things out where many runs are read', async () => {
      const text = 'x'.repeat(5000);
      const event = {
        ...{ id: 'e-1', type: 'x', data: { text, 'a.$b': [null] }, receivedAt: T0, descendants: 7 },
        together: [{ id: 'e-0', type: 'x', data: { text }, receivedAt: T0 }],
      };
      const taskId = 't-1';
      const parent = { runId: 'r-1', taskId: 't-0', taskName: 'first', outcome: 'succeeded' };
      const end = { ...event, type: 'run.succeeded', data: { ...parent, text } };
      const carrying = [
        { event, trigger: 'event' as const },
        { parameters: { text } },
        { event: end, parameters: { text } },
      ];
      const small = { event: { ...event, data: 1, together: [] }, parameters: { a: 1 } };
      const held = await storedAt(...[...carrying, small].map((each) => ({ ...each, taskId, owner: 'i-1' })));
      const free = await storedAt(...[...carrying, small].map((each) => ({ ...each, taskId, owner: null })));
      const all = [...held, ...free];
      const { runs } = store();
      for (const run of all) expect(await runs.get('acme', run.id)).toEqual(run);
      const whole = await runs.byIds('acme', idsOf(all));
      expect(new Map(whole.map((run) => [run.id, run]))).toEqual(new Map(all.map((run) => [run.id, run])));
      const range = { from: T0, before: T0 + 1, limit: 99 };
      const read = [
        ...(await runs.heldBy(['i-1'], 99)),
        ...(await runs.ownedAfter('i-1', '', 99)),
        ...(await runs.unowned(T0 + 1, 99)),
        ...(await runs.unowned(T0 + 1, 99, { after: '' })),
        ...(await runs.ofTask('acme', taskId, range)),
        ...(await runs.unfinishedOf([taskId], 99)),
        ...(await runs.list('acme', { taskId }, { limit: 99 })).items,
      ];
      expect(read).toHaveLength(held.length * 2 + free.length * 2 + all.length * 3);
      for (const { payloadInStore, ...run } of read) {
        const { parameters, ...own } = all.find(({ id }) => id === run.id)!;
        const isLarge = parameters?.['a'] !== 1;
        if (payloadInStore === undefined) expect(run).toEqual({ ...own, ...(parameters && { parameters }) });
        else expect([isLarge, payloadInStore > 5000, JSON.stringify(run).length < 2000]).toEqual([true, true, true]);
        expect(run).toMatchObject({ state: 'pending', generation: own.generation });
        expect(run.event?.descendants).toBe(own.event?.descendants);
        if (run.event?.type === end.type) expect(run.event.data).toMatchObject(parent);
      }
    });
  });
}
