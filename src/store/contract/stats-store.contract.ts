import type { Run } from '../../domain/run.js';
import { LATENESS_BOUNDS, MINUTE_MS, noFigures, noTotals, type MinuteFigures } from '../../stats/figures.js';
import { aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const figures = (minute: number, fields: Partial<MinuteFigures> = {}): MinuteFigures => ({
  ...noFigures({ organization: 'acme', instance: 'i', minute: T0 + minute * MINUTE_MS }),
  ...fields,
});

/** The figures per minute, and what is counted for them. */
export function describeStatsStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('keeps the figures of minutes by instance and organization, the latest that was said of each', async () => {
      const { stats } = store();
      const first = figures(0, { starts: 1, lateness: [1, 0, 2], worstMs: 3 });
      const other = figures(0, { instance: 'j', starts: 4, succeeded: 3, timed_out: 1 });
      const later = figures(2, { starts: 16 });
      await stats.put([later, first, other, figures(0, { organization: 'umbrella', starts: 32 })]);
      await stats.put([{ ...first, starts: 2 }]);
      await stats.put([]);
      expect(await stats.minutes('acme', T0)).toEqual([{ ...first, starts: 2 }, other, later]);
      expect(await stats.minutes('acme', T0 + 1)).toEqual([later]);
      expect(await stats.totals('acme', T0)).toEqual({ ...noTotals(), starts: 22, succeeded: 3, timed_out: 1 });
      expect(await stats.totals('acme', T0 + 3 * MINUTE_MS)).toEqual(noTotals());
    });

    it('sums each minute up over the instances', async () => {
      const { stats } = store();
      const lateness = (first: number, last: number) => [first, ...times(LATENESS_BOUNDS.length - 1, () => 0), last];
      await stats.put([
        figures(0, { starts: 1, lateness: lateness(1, 0), worstMs: 3 }),
        figures(0, { instance: 'j', starts: 4, failed: 3, lateness: lateness(3, 1), worstMs: 90_000 }),
        figures(1, { starts: 16, missed: 2 }),
        figures(2, { starts: 8 }),
        figures(0, { organization: 'umbrella', starts: 32 }),
      ]);
      const { organization: _, instance: __, ...none } = figures(0);
      const both = { ...none, starts: 5, failed: 3, lateness: lateness(4, 1), worstMs: 90_000 };
      const next = { ...none, minute: T0 + MINUTE_MS, starts: 16, missed: 2 };
      const range = { from: T0, before: T0 + 2 * MINUTE_MS, limit: 9 };
      expect(await stats.sums('acme', range)).toEqual([both, next]);
      expect(await stats.sums('acme', { ...range, limit: 1 })).toEqual([both]);
      expect(await stats.sums('acme', { ...range, from: T0 + 1 })).toEqual([next]);
    });

    it('forgets minutes of age, and no more than asked', async () => {
      const { stats } = store();
      await stats.put([0, 1, 2, 3].map((minute) => figures(minute)));
      expect(await stats.purge(T0 + 3 * MINUTE_MS, 2)).toBe(2);
      expect(await stats.purge(T0 + 3 * MINUTE_MS, 2)).toBe(1);
      expect(await stats.minutes('acme', 0)).toEqual([figures(3)]);
    });

    it("counts an organization's tasks by state, up to a limit", async () => {
      const { stats, tasks } = store();
      const states = ['active', 'active', 'active', 'paused'] as const;
      await tasks.insert([...states.map((state) => aTask({ state })), aTask({ organization: 'umbrella' })]);
      expect(await stats.tasksByState('acme', 10)).toEqual({ active: 3, paused: 1, completed: 0 });
      expect(await stats.tasksByState('acme', 2)).toEqual({ active: 2, paused: 1, completed: 0 });
    });

    it('counts a task as completed only when its last scheduled run has ended', async () => {
      const { stats, tasks, runs } = store();
      const all = [1, 2, 3, 4].map(() => aTask({ state: 'completed' }));
      await tasks.insert([...all, aTask({ state: 'active' }), aTask({ state: 'completed', organization: 'umbrella' })]);
      const of = (index: number, fields: Partial<Run> = {}) =>
        aRun({ taskId: all[index]!.id, trigger: 'schedule', ...fields });
      await runs.insert([
        ...[of(0), of(0, { state: 'running', owner: 'a' }), of(1, { state: 'retrying', owner: 'a' })],
        ...[of(2, { trigger: 'manual' }), of(3, { state: 'succeeded', finishedAt: T0 })],
      ]);
      expect(await stats.tasksByState('acme', 10)).toEqual({ active: 3, paused: 0, completed: 2 });
      expect(await stats.tasksByState('umbrella', 10)).toEqual({ active: 0, paused: 0, completed: 1 });
    });

    it("counts an organization's unfinished runs, among a bounded number of all", async () => {
      const { stats, runs } = store();
      const due = { dueAt: T0 };
      await runs.insert([
        ...times(3, () => aRun({ ...due, owner: 'i' })),
        ...times(2, () => aRun({ ...due, state: 'running', owner: 'i' })),
        aRun({ dueAt: T0 + 1, owner: 'i' }),
        aRun({ dueAt: T0 + 9, state: 'retrying' }),
        aRun({ ...due, state: 'succeeded', finishedAt: T0 }),
        aRun({ ...due, organization: 'umbrella' }),
      ]);
      const counts = { waiting: 3, armed: 1, running: 2, retrying: 1 };
      expect(await stats.backlog('acme', T0, 100)).toEqual({ ...counts, truncated: false });
      expect(await stats.backlog('acme', T0, 9)).toMatchObject(counts);
      expect(await stats.backlog('nobody', T0, 8)).toMatchObject({ waiting: 0, running: 0, truncated: true });
    });
  });
}
