import type { Task } from '../../domain/task.js';
import { wakeAt } from '../../domain/task.js';
import { fitsFilter } from '../../scheduling/ports/task-filter.js';
import type { TaskFilter, TaskSorting } from '../../scheduling/ports/task.store.js';
import { aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const ORDERS = ['asc', 'desc'] as const;
const NAMES = ['beta', 'Alpha', 'gamma', 'Über', 'alpha', '', 'ａ', '\u{1F600}'];

/** Tasks of every kind: some share a name, an instant or a change, and some come due nowhere. */
const aMixture = (count: number): Task[] =>
  times(count, (index) => {
    const at = T0 + 1000 * (index % 5);
    const [state, next] = (
      [
        ['active', { scheduledFor: at, dueAt: at }],
        ['active', null],
        ['paused', null],
        ['completed', null],
      ] as const
    )[index % 7 < 4 ? 0 : (index % 7) - 3]!;
    const isTimed = state === 'paused' && index % 2 === 0;
    return aTask({
      organization: index % 6 === 5 ? 'umbrella' : 'acme',
      definition: { name: `${NAMES[index % NAMES.length]!}${index % 3}`, tags: index % 2 ? ['x'] : ['x', 'y'] },
      state,
      next,
      ...(state === 'paused' && { pausedReason: 'why', pausedUntil: isTimed ? at + 1 : null }),
      updatedAt: T0 + (index % 4),
    });
  });

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return a - Number(b);
}

const keyOf = (task: Task, by: TaskSorting['by']): string | number | null =>
  by === 'name' ? task.definition.name.toLowerCase() : by === 'updatedAt' ? task.updatedAt : wakeAt(task);

/** Lists of tasks in other orders than by id. */
export function describeTaskOrders({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    /** The ids of the whole list, read page by page. */
    async function all(sorting: TaskSorting, filter: TaskFilter = {}, limit = 7): Promise<string[]> {
      const ids: string[] = [];
      for (let after: string | undefined; ;) {
        const { items, next } = await store().readers.tasks.sorted('acme', sorting, filter, { after, limit });
        expect(items.length).toBeLessThanOrEqual(limit);
        ids.push(...idsOf(items));
        if (next === null) return ids;
        after = next;
      }
    }

    it.each(['name', 'nextRunAt', 'updatedAt'] as const)(
      'sorts by %s either way, and pages through without a gap or a repetition',
      async (by) => {
        const tasks = aMixture(130);
        await store().tasks.insert(tasks);
        const known = new Map(tasks.map((task) => [task.id, task]));
        const filters: TaskFilter[] = [
          {},
          { state: 'active' },
          { states: ['paused', 'completed'], tag: 'x' },
          { tag: 'x', tags: ['y'], q: 'ALPHA' },
          { tags: ['unknown'] },
        ];
        for (const order of ORDERS) {
          for (const filter of filters) {
            const own = tasks.filter((task) => task.organization === 'acme' && fitsFilter(task, filter));
            const found = await all({ by, order }, filter);
            expect([...found].sort()).toEqual(idsOf(own).sort());
            const keys = found.map((id) => keyOf(known.get(id)!, by));
            const some = keys.filter((key) => key !== null);
            expect(some).toEqual([...some].sort((a, b) => (order === 'asc' ? compare(a, b) : compare(b, a))));
            // What comes due nowhere comes last, either way.
            expect(keys.slice(some.length).every((key) => key === null)).toBe(true);
          }
        }
      },
    );

    it('ends with a full page, where no task is left behind it', async () => {
      const next = { scheduledFor: T0, dueAt: T0 };
      await store().tasks.insert(times(14, (index) => aTask({ next: index < 7 ? next : null })));
      for (const by of ['name', 'nextRunAt', 'updatedAt'] as const) {
        for (const order of ORDERS) {
          const first = await store().tasks.sorted('acme', { by, order }, {}, { limit: 7 });
          const second = await store().tasks.sorted('acme', { by, order }, {}, { limit: 7, after: first.next! });
          expect([first.items.length, second.items.length, second.next]).toEqual([7, 7, null]);
        }
      }
    });

    it('goes on among tasks of the same key, and after a task that is gone', async () => {
      const next = { scheduledFor: T0, dueAt: T0 };
      const alike = times(40, () => aTask({ definition: { name: 'same' }, next, updatedAt: T0 }));
      // Half of them are in the same shard, too.
      const tasks = alike.map((task, index) => (index % 2 ? task : { ...task, id: `${task.id.slice(0, -2)}7f` }));
      await store().tasks.insert(tasks);
      for (const by of ['name', 'nextRunAt', 'updatedAt'] as const)
        for (const order of ORDERS) expect((await all({ by, order }, {}, 3)).sort()).toEqual(idsOf(tasks).sort());
      const sorting = { by: 'name', order: 'asc' } as const;
      const { items, next: place } = await store().tasks.sorted('acme', sorting, {}, { limit: 5 });
      await store().tasks.remove('acme', items.at(-1)!.id, 1);
      const rest = await store().tasks.sorted('acme', sorting, {}, { limit: 99, after: place! });
      expect(new Set([...idsOf(items), ...idsOf(rest.items)])).toEqual(new Set(idsOf(tasks)));
    });

    it('has a changed task in its new place', async () => {
      const [first, second] = [aTask({ definition: { name: 'a' } }), aTask({ definition: { name: 'b' } })];
      await store().tasks.insert([first, second]);
      const [old] = await store().tasks.byIds([first.id]);
      const definition = { ...old!.definition, name: 'Z' };
      const changed = { ...old!, definition, updatedAt: old!.updatedAt + 5, generation: old!.generation + 1 };
      expect(await store().tasks.replace('acme', changed, old!)).toBe(true);
      expect(await all({ by: 'name', order: 'asc' })).toEqual([second.id, first.id]);
      expect(await all({ by: 'updatedAt', order: 'desc' })).toEqual([first.id, second.id]);
    });

    it('finds behind very many tasks of which none fits the one that does', async () => {
      const rare = aTask({ definition: { name: 'zzz', tags: ['rare'] } });
      await store().tasks.insert([...times(12_500, (index) => aTask({ definition: { name: `t${index}` } })), rare]);
      const sorting = { by: 'name', order: 'asc' } as const;
      expect(await all(sorting, { q: 'zzz' }, 10)).toEqual([rare.id]);
      expect(await all(sorting, { tag: 'rare' }, 10)).toEqual([rare.id]);
    });

    it.each(['', 'null', '[]', '{}', '[0,{"$gt":""},""]', '[7,null,null]', '[0,"a","b","c","d","e","f","g"]'])(
      'brings no task of others after %s, which is no place',
      async (after) => {
        await store().tasks.insert([aTask({ organization: 'umbrella' }), aTask({ organization: 'abc' })]);
        for (const by of ['name', 'nextRunAt', 'updatedAt'] as const) {
          const list = await store().tasks.sorted('acme', { by, order: 'asc' }, {}, { after, limit: 1 });
          expect(list.items).toEqual([]);
        }
      },
    );
  });
}
