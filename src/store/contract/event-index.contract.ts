import { MOST_SHAPES, shapeFor } from '../../domain/event-index.js';
import type { JsonObject } from '../../domain/json.js';
import type { Task } from '../../domain/task.js';
import { termsOf } from '../../triggers/event-terms.js';
import type { Stores } from '../../storage/ports.js';
import { MOST_READ } from '../../scheduling/ports/task-pages.js';
import { aTask, nextId, onEvent, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const TYPE = 'build.done';

const waiting = (filter?: JsonObject, fields: Partial<Task> = {}): Task =>
  aTask({ ...fields, definition: { triggers: [onEvent(TYPE, filter)] } });

/** The ids of all tasks that are found for an event with this data. */
async function foundBy({ tasks }: Pick<Stores, 'tasks'>, data: JsonObject, bytes?: number): Promise<string[]> {
  const shapes = await tasks.eventShapes('acme');
  const terms = termsOf({ id: nextId(), type: TYPE, data, receivedAt: T0 }, shapes);
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const { items, next } = await tasks.forEvent('acme', TYPE, after, bytes, terms);
    ids.push(...idsOf(items));
    after = next;
  }
  return ids;
}

/** Finding tasks by what an event looks like: all that it may match are found; others may be. */
export function describeEventIndex({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const expectFound = async (data: JsonObject, tasks: readonly Task[], bytes?: number) =>
      expect(await foundBy(store(), data, bytes)).toEqual(expect.arrayContaining(idsOf(tasks)));

    it('finds what an event may match, and what cannot be looked up, once and in the order of ids', async () => {
      const [both, one, unlike] = [
        waiting({ 'data.suite': 'a', 'data.status': 'failed' }),
        waiting({ 'data.suite': 'a' }),
        waiting({ 'data.suite': 'b' }),
      ];
      const among = waiting(
        { 'data.suite': { $in: ['c', 'a'] }, 'data.n': { $gt: 1 } },
        { state: 'paused', next: null },
      );
      const all = [
        waiting(),
        waiting({ $or: [{ 'data.suite': 'a' }, { 'data.suite': 'b' }] }),
        waiting({ 'data.n': { $gt: 1 } }),
        waiting({ data: { $exists: true } }),
        waiting({ 'data.absent': null }),
      ];
      const twice = aTask({
        definition: { triggers: [onEvent(TYPE, { 'data.suite': 'b' }), onEvent(TYPE, { 'data.suite': 'a' })] },
      });
      const elsewhere = waiting({ 'data.suite': 'a' }, { organization: 'umbrella' });
      const other = aTask({ definition: { triggers: [onEvent('other', { 'data.suite': 'a' })] } });
      const completed = waiting({ 'data.suite': 'a' }, { state: 'completed', next: null });
      await store().tasks.insert([both, one, unlike, among, ...all, twice, elsewhere, other, completed]);
      await expectFound({ suite: 'a', status: 'failed', n: 3 }, [both, one, among, ...all, twice]);
      await expectFound({ suite: ['x', 'b'], n: 3 }, [unlike, ...all, twice], 1);
      const found = await foundBy(store(), { suite: 'a', status: 'failed' });
      expect(found).toEqual([...new Set(found)].sort());
      for (const not of [elsewhere, other, completed]) expect(found.includes(not.id)).toBe(false);
    });

    it('finds by a change what it is now, on every connection, once the change is answered', async () => {
      const second = await store().reopen();
      const task = waiting({ 'data.suite': 'a' });
      await store().tasks.insert([task]);
      expect((await foundBy(second, { suite: 'a' })).includes(task.id)).toBe(true);
      const changed = waiting({ 'data.suite': 'z', 'data.new': true }, { ...task, generation: 2 });
      expect(await second.tasks.replace('acme', changed, task)).toBe(true);
      expect((await foundBy(store(), { suite: 'z', new: true })).includes(task.id)).toBe(true);
      const plain = waiting(undefined, { ...task, generation: 3 });
      expect(await store().tasks.replace('acme', plain, changed)).toBe(true);
      expect((await foundBy(second, {})).includes(task.id)).toBe(true);
      expect(await store().tasks.remove('acme', task.id, 3)).toBe(true);
      expect(await foundBy(second, { suite: 'z', new: true })).toEqual([]);
    });

    it('has a bounded number of shapes, and finds also what there was no room for', async () => {
      const tasks = times(MOST_SHAPES + 20, (i) => waiting({ [`data.at${i}`]: 1, 'data.all': 2 }));
      for (const task of tasks.slice(0, 10)) await store().tasks.insert([task]);
      await store().tasks.insert(tasks.slice(10));
      expect((await store().tasks.eventShapes('acme')).length).toBeLessThanOrEqual(MOST_SHAPES);
      const last = MOST_SHAPES + 19;
      await expectFound({ [`at${last}`]: 1, all: 2 }, [tasks[last]!]);
      await expectFound({ at0: 1, all: 2 }, [tasks[0]!]);
      expect(await store().tasks.eventShapes('umbrella')).toEqual([]);
    });

    it('has no shape that no task needs', async () => {
      await store().tasks.insert([waiting({ 'data.suite': 'a' }), waiting({ 'data.n': { $gt: 1 } }), aTask()]);
      const needed = shapeFor({ event: TYPE, filter: { 'data.suite': 'a' } });
      for (const shape of await store().tasks.eventShapes('acme')) expect(shape).toBe(needed);
    });

    it('tells the versions of what it finds, page by page, and another one after each change', async () => {
      const tasks = times(3, (i) => waiting({ 'data.suite': 'a', 'data.n': { $gt: i } }));
      const paused = waiting(undefined, { state: 'paused', next: null });
      const others = [
        waiting({}, { state: 'completed', next: null }),
        waiting({}, { organization: 'umbrella' }),
        aTask(),
      ];
      await store().tasks.insert([...tasks, paused, ...others]);
      const versions = async (after?: string) => {
        const terms = termsOf(
          { id: nextId(), type: TYPE, data: { suite: 'a' }, receivedAt: T0 },
          await store().tasks.eventShapes('acme'),
        );
        return store().tasks.versionsForEvent('acme', TYPE, after, terms!);
      };
      const versionOf = ({ id, generation, createdAt, updatedAt }: Task) => ({ id, generation, createdAt, updatedAt });
      const all = [...tasks, paused].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(await versions()).toEqual({ items: all.map(versionOf), next: null });
      expect(await versions(all[1]!.id)).toEqual({ items: all.slice(2).map(versionOf), next: null });
      const changed = waiting({ 'data.suite': 'a' }, { ...tasks[0]!, generation: 2, updatedAt: T0 + 5 });
      expect(await store().tasks.replace('acme', changed, tasks[0]!)).toBe(true);
      const { items } = await versions();
      expect(items.find(({ id }) => id === changed.id)).toEqual(versionOf(changed));
    });

    it('tells of a bounded number of versions at a time', async () => {
      const tasks = times(MOST_READ + 5, () => waiting(undefined));
      await store().tasks.insert(tasks.slice(0, 1000));
      await store().tasks.insert(tasks.slice(1000));
      const first = await store().tasks.versionsForEvent('acme', TYPE, undefined, []);
      expect(first.items).toHaveLength(MOST_READ);
      expect(first.next).toBe(first.items.at(-1)!.id);
      const rest = await store().tasks.versionsForEvent('acme', TYPE, first.next!, []);
      expect([...idsOf(first.items), ...idsOf(rest.items)]).toEqual(idsOf(tasks).sort());
      expect(rest.next).toBeNull();
    });

    it('brings the ids of all that wait for a type, by id and page by page', async () => {
      const tasks = times(5, (i) => waiting({ 'data.n': i }));
      const paused = waiting(undefined, { state: 'paused', next: null });
      const others = [
        waiting({}, { state: 'completed', next: null }),
        waiting({}, { organization: 'umbrella' }),
        aTask(),
      ];
      await store().tasks.insert([...tasks, paused, ...others]);
      const all = idsOf([...tasks, paused]).sort();
      const page = (after: string | undefined, limit: number) => store().tasks.idsForEvent('acme', TYPE, after, limit);
      expect(await page(undefined, 10)).toEqual(all);
      expect(await page(undefined, 4)).toEqual(all.slice(0, 4));
      expect(await page(all[3], 10)).toEqual(all.slice(4));
      expect(await store().tasks.idsForEvent('acme', 'build', undefined, 10)).toEqual([]);
    });
  });
}
