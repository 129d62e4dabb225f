import { newId } from '../../domain/ids.js';
import { FAILED_STATES, type Run } from '../../domain/run.js';
import type { FailedRuns } from '../../scheduling/ports/run.store.js';
import type { Page } from '../../scheduling/ports/task.store.js';
import { aRun, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const skipped = { outcome: 'skipped', reason: "it's 'paused'" } as const;

/** Storing and finding runs of backfilled instants. */
export function describeMadeUpRuns({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const backfilled = (fields: Partial<Run> = {}) => aRun({ trigger: 'backfill', priority: 0, ...fields });
    const stored = async (...runs: Run[]) => {
      await store().runs.insert(runs);
      return runs;
    };
    const all = async () => (await store().runs.list('acme', {}, { limit: 10 })).items;

    it('stores runs of backfilled instants with what had become of them, and finds them by their ids', async () => {
      const runs = [backfilled({ insteadOf: skipped }), backfilled({ insteadOf: { outcome: 'missed', reason: null } })];
      const plain = backfilled({ organization: 'umbrella' });
      expect(await store().runs.makeUp([...runs, plain])).toEqual(new Set());
      expect(new Set(await store().runs.byIds('acme', idsOf([...runs, plain])))).toEqual(new Set(runs));
      expect(await store().runs.byIds('umbrella', idsOf([plain]))).toEqual([plain]);
      expect(await store().runs.byIds('acme', [])).toEqual([]);
      expect(await store().runs.makeUp([])).toEqual(new Set());
    });

    it('puts them in the place of what was skipped or missed without an attempt, and of nothing else', async () => {
      const attempts = [{ number: 1, instance: 'i', startedAt: null, finishedAt: T0, outcome: 'lost' as const }];
      const [first, second, ...others] = await stored(
        aRun({ state: 'skipped', finishedAt: T0, reason: 'overlap' }),
        aRun({ state: 'missed', finishedAt: T0 }),
        aRun({ state: 'missed', finishedAt: T0, attempts }),
        aRun({ state: 'succeeded', finishedAt: T0 }),
        aRun({ state: 'pending', owner: 'i', attempt: 1 }),
        aRun({ state: 'cancelled', finishedAt: T0 }),
      );
      const runs = [first!, second!, ...others].map(({ id }) => backfilled({ id, insteadOf: skipped }));
      expect(await store().runs.makeUp(runs)).toEqual(new Set(idsOf(others)));
      expect((await all()).reverse()).toEqual([runs[0], runs[1], ...others]);
      expect(await store().runs.makeUp(runs)).toEqual(new Set(idsOf(runs)));
      expect(idsOf(await store().runs.unowned(T0 + 1, 10)).sort()).toEqual(idsOf(runs.slice(0, 2)));
    });

    it('tells when the last unfinished backfilled run of a task is due', async () => {
      const last = (taskId: string, organization = 'acme') => store().runs.lastBackfillDue(organization, taskId);
      expect(await last('t-1')).toBeNull();
      await stored(
        backfilled({ taskId: 't-1', dueAt: T0 + 30 }),
        backfilled({ taskId: 't-1', dueAt: T0 + 20 }),
        backfilled({ taskId: 't-1', dueAt: T0 + 40, state: 'running', owner: 'i' }),
        backfilled({ taskId: 't-1', dueAt: T0 + 50, state: 'succeeded', finishedAt: T0 + 51 }),
        backfilled({ taskId: 't-2', dueAt: T0 + 60 }),
        aRun({ taskId: 't-1', dueAt: T0 + 70 }),
      );
      expect([await last('t-1'), await last('t-2'), await last('t-3')]).toEqual([T0 + 40, T0 + 60, null]);
      expect(await last('t-1', 'umbrella')).toBeNull();
    });

    it('tells the instants of a range that had another outcome before', async () => {
      const taskId = 't-1';
      await store().runs.makeUp([
        backfilled({ taskId, scheduledFor: T0, insteadOf: skipped }),
        backfilled({ taskId, scheduledFor: T0 + 1 }),
        backfilled({ taskId, scheduledFor: T0 + 2, insteadOf: { outcome: 'missed', reason: null } }),
        backfilled({ taskId, scheduledFor: T0 + 3, insteadOf: skipped }),
        backfilled({ taskId: 't-2', scheduledFor: T0, insteadOf: skipped }),
        backfilled({ taskId, scheduledFor: T0, organization: 'umbrella', insteadOf: skipped }),
      ]);
      const madeUp = (from: number, to: number, limit: number) =>
        store().runs.madeUp('acme', taskId, { from, to, limit });
      const found = await madeUp(T0, T0 + 2, 3);
      expect(found!.sort((a, b) => a.scheduledFor - b.scheduledFor)).toEqual([
        { scheduledFor: T0, insteadOf: skipped },
        { scheduledFor: T0 + 2, insteadOf: { outcome: 'missed', reason: null } },
      ]);
      expect(await madeUp(T0 + 4, T0 + 9, 3)).toEqual([]);
      expect(await madeUp(T0, T0 + 2, 2)).toBeNull();
    });

    it('lists the runs that failed or timed out, oldest first, by task, state and nominal time', async () => {
      const at = (ms: number, fields: Partial<Run>) =>
        aRun({
          id: newId(T0 + ms),
          scheduledFor: T0 + ms,
          state: 'failed',
          finishedAt: T0 + ms,
          taskId: 't-1',
          ...fields,
        });
      const [a, b, c] = await stored(
        at(1, {}),
        at(2, { state: 'timed_out' }),
        at(3, { taskId: 't-2' }),
        at(1, { state: 'cancelled' }),
        at(1, { state: 'succeeded' }),
        at(1, { organization: 'umbrella' }),
      );
      const failed = async (filter: Partial<FailedRuns>, page: Page = { limit: 10 }) =>
        idsOf(await store().runs.failed('acme', { states: FAILED_STATES, ...filter }, page));
      expect(await failed({})).toEqual(idsOf([a!, b!, c!]));
      expect(await failed({}, { limit: 1, after: a!.id })).toEqual([b!.id]);
      expect(await failed({ states: ['timed_out'] })).toEqual([b!.id]);
      expect(await failed({ taskId: 't-1' })).toEqual(idsOf([a!, b!]));
      expect(await failed({ from: T0 + 2, to: T0 + 3 })).toEqual([b!.id]);
      expect(await failed({ from: T0 + 4 })).toEqual([]);
    });

    it('takes 1,200 at once', async () => {
      const runs = times(1200, () => aRun({ state: 'skipped', finishedAt: T0 }));
      await store().runs.insert(runs);
      expect(await store().runs.makeUp(runs.map(({ id }) => backfilled({ id })))).toEqual(new Set());
      expect(await store().runs.byIds('acme', idsOf(runs))).toHaveLength(1200);
    });
  });
}
