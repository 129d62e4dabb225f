import fc from 'fast-check';
import { newId } from '../../domain/ids.js';
import { RUN_STATES, RUN_TRIGGERS, isFinished, type Run } from '../../domain/run.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { Listing } from '../../domain/listing.js';
import type { RunFilter } from '../../scheduling/ports/run.reads.js';
import type { Page, TaskFilter } from '../../scheduling/ports/task.reads.js';
import { aDefinition, aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';
import type { Expect } from './test-runner.js';

const TASKS = ['t-1', 't-2', 't-3'];
const ORGANIZATIONS = ['acme', 'umbrella'];
const STATES: readonly TaskState[] = ['active', 'paused', 'completed'];

/** Every page of a list, one after the other. */
async function pagesOf<Item>(
  expect: Expect,
  list: (page: Page) => Promise<Listing<Item>>,
  limit: number,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await list({ after, limit });
    expect(items.length).toBeLessThanOrEqual(limit);
    pages.push(items);
    if (next === null) return pages;
    if (after !== undefined) expect(next < after).toBe(true);
    after = next;
  }
}

const optional = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const instant = fc.option(fc.integer({ min: T0 - 50, max: T0 + 350 }), { nil: undefined });
const filters: fc.Arbitrary<RunFilter> = fc.record({
  taskId: optional(TASKS),
  state: optional(RUN_STATES),
  trigger: optional(RUN_TRIGGERS),
  from: instant,
  to: instant,
});
const fits =
  ({ taskId, state, trigger, from = -Infinity, to = Infinity }: RunFilter) =>
  (run: Run): boolean =>
    (taskId === undefined || run.taskId === taskId) &&
    (state === undefined || run.state === state) &&
    (trigger === undefined || run.trigger === trigger) &&
    run.scheduledFor >= from &&
    run.scheduledFor < to;

const newestFirst = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? 1 : -1);

/** Filtered lists: a read examines a bounded number of items, and all pages together show exactly what matches. */
export function describeLooks({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    const runAt = (index: number, fields: Partial<Run> = {}): Run => {
      const scheduledFor = T0 + (index % 300);
      const state = RUN_STATES[(index * 7) % RUN_STATES.length]!;
      return aRun({
        id: newId(scheduledFor),
        scheduledFor,
        state,
        trigger: RUN_TRIGGERS[(index * 3) % 11 > 4 ? 0 : (index * 3) % 11]!,
        taskId: TASKS[index % 3]!,
        organization: ORGANIZATIONS[Number(index % 5 === 0)]!,
        finishedAt: isFinished(state) ? T0 : null,
        ...fields,
      });
    };

    it('shows of runs what a filter lets through, whichever filters come together', async () => {
      const runs = times(1500, (index) => runAt(index));
      await store().runs.insert(runs);
      const sorted = runs.filter(({ organization }) => organization === 'acme').sort(newestFirst);
      const property = fc.asyncProperty(filters, fc.integer({ min: 1, max: 200 }), async (filter, limit) => {
        const pages = await pagesOf(expect, (page) => store().readers.runs.list('acme', filter, page), limit);
        expect(idsOf(pages.flat())).toEqual(idsOf(sorted.filter(fits(filter))));
      });
      await fc.assert(property, { numRuns: 60 });
    });

    it('lists runs of instants before 1970 by their time as well', async () => {
      const runs = [-2000, -1000, 0, 1000].map((scheduledFor) => aRun({ id: newId(scheduledFor), scheduledFor }));
      await store().runs.insert(runs);
      const listed = async (filter: RunFilter) =>
        new Set((await store().readers.runs.list('acme', filter, { limit: 9 })).items.map((run) => run.scheduledFor));
      expect(await listed({ from: -1000 })).toEqual(new Set([-1000, 0, 1000]));
      expect(await listed({ to: 0 })).toEqual(new Set([-2000, -1000]));
      expect(await listed({ from: 0, to: 1000 })).toEqual(new Set([0]));
    });

    it('ends a look at many runs among which nothing fits, and finds in the next what lies further back', async () => {
      const rare = aRun({ id: newId(T0 - 1), scheduledFor: T0 - 1, state: 'succeeded', finishedAt: T0 });
      const many = times(12_500, (index) => runAt(index, { organization: 'acme', state: 'pending', finishedAt: null }));
      await store().runs.insert([rare, ...many]);
      const { runs } = store().readers;
      const pages = await pagesOf(expect, (page) => runs.list('acme', { state: 'succeeded' }, page), 10);
      expect(pages.flat()).toEqual([rare]);
      const pending = await runs.list('acme', { state: 'pending', trigger: 'schedule' }, { limit: 3 });
      const expected = many.filter(({ trigger }) => trigger === 'schedule').sort(newestFirst);
      expect(idsOf(pending.items)).toEqual(idsOf(expected.slice(0, 3)));
    });

    it('shows of tasks what a filter lets through, whichever filters come together', async () => {
      const tasks = times(1200, (index): Task => {
        const tags = ['a', 'b'].filter((_, place) => index % (place + 2) === 0);
        const definition = aDefinition({ name: `Job ${index % 17 === 0 ? 'Über' : index}`, tags });
        return aTask({
          definition,
          state: STATES[index % 3]!,
          organization: ORGANIZATIONS[Number(index % 5 === 0)]!,
        });
      });
      await store().tasks.insert(tasks);
      const sorted = tasks.filter(({ organization }) => organization === 'acme').sort(newestFirst);
      const taskFilters: fc.Arbitrary<TaskFilter> = fc.record({
        state: optional(STATES),
        tag: optional(['a', 'b', 'c']),
        q: optional(['über', 'job 1', 'nothing']),
      });
      const property = fc.asyncProperty(taskFilters, fc.integer({ min: 1, max: 200 }), async (filter, limit) => {
        const { state, tag, q } = filter;
        const pages = await pagesOf(expect, (page) => store().readers.tasks.list('acme', filter, page), limit);
        const expected = sorted.filter(
          (task) =>
            (state === undefined || task.state === state) &&
            (tag === undefined || task.definition.tags.includes(tag)) &&
            (q === undefined || task.definition.name.toLowerCase().includes(q)),
        );
        expect(idsOf(pages.flat())).toEqual(idsOf(expected));
      });
      await fc.assert(property, { numRuns: 40 });
    });
  });
}
