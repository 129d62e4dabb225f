import { SHARDS, shardOf } from '../../domain/shards.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { Listing } from '../../domain/listing.js';
import { isLastPage, MOST_READ_BYTES } from '../../scheduling/ports/task-pages.js';
import type { TaskFilter } from '../../scheduling/ports/task.store.js';
import { aRun, aTask, nextId, onEvent, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';
import type { Expect } from './test-runner.js';

/** The ids of a list, read page by page; no page may have more than `most` items. */
async function everyPage(
  expect: Expect,
  read: (after: string | undefined) => Promise<Listing<Task>>,
  most: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await read(after);
    expect(items.length).toBeLessThanOrEqual(most);
    ids.push(...idsOf(items));
    if (next === null) return ids;
    after = next;
  }
}

/** Finding many tasks. */
export function describeTaskLists({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const listed = async (filter: TaskFilter, limit = 100) =>
      idsOf((await store().tasks.list('acme', filter, { limit })).items);

    it("lists an organization's own tasks, newest id first", async () => {
      const tasks = times(5, (i) => aTask({ organization: i === 2 ? 'umbrella' : 'acme' }));
      await store().tasks.insert([tasks[3]!, tasks[0]!, tasks[4]!, tasks[2]!, tasks[1]!]);
      expect(await listed({})).toEqual(idsOf([tasks[4]!, tasks[3]!, tasks[1]!, tasks[0]!]));
      expect((await store().tasks.list('nobody', {}, { limit: 10 })).items).toEqual([]);
    });

    it('pages through a list without a gap or a repetition', async () => {
      const tasks = times(25, () => aTask());
      await store().tasks.insert(tasks);
      const seen: string[] = [];
      for (let after: string | undefined; seen.length < 25; after = seen.at(-1)) {
        const page = (await store().tasks.list('acme', {}, { limit: 10, after })).items;
        expect(page.length).toBe(Math.min(10, 25 - seen.length));
        seen.push(...idsOf(page));
      }
      expect(seen).toEqual(idsOf(tasks).reverse());
      expect((await store().tasks.list('acme', {}, { limit: 10, after: seen.at(-1) })).items).toEqual([]);
    });

    it('goes on after an id that is gone', async () => {
      const [first, , third] = [aTask(), nextId(), aTask()] as const;
      await store().tasks.insert([first, third]);
      await store().tasks.remove('acme', third.id, 1);
      expect(idsOf((await store().tasks.list('acme', {}, { limit: 10, after: third.id })).items)).toEqual([first.id]);
    });

    it('filters by state, tag and part of the name, and by all of them together', async () => {
      const plain = aTask({ definition: { name: 'Nightly Smoke' } });
      const tagged = aTask({ definition: { name: 'weekly', tags: ['smoke', 'slow'] } });
      const paused = aTask({ definition: { name: 'smoke of EU', tags: ['slow'] }, state: 'paused', next: null });
      await store().tasks.insert([plain, tagged, paused]);
      expect(await listed({ state: 'active' })).toEqual([tagged.id, plain.id]);
      expect(await listed({ state: 'completed' })).toEqual([]);
      expect(await listed({ tag: 'slow' })).toEqual([paused.id, tagged.id]);
      expect(await listed({ tag: 'slo' })).toEqual([]);
      expect(await listed({ q: 'SMOKE' })).toEqual([paused.id, plain.id]);
      expect(await listed({ state: 'paused', tag: 'slow', q: 'eu' })).toEqual([paused.id]);
      expect(await listed({ state: 'active', tag: 'slow', q: 'eu' })).toEqual([]);
    });

    it('pages through a filtered list', async () => {
      const tasks = times(9, (i) => aTask({ definition: { name: `job ${i % 3}`, tags: [`t${i % 3}`] } }));
      await store().tasks.insert(tasks);
      const wanted = idsOf([tasks[7]!, tasks[4]!, tasks[1]!]);
      for (const filter of [{ tag: 't1' }, { q: 'JOB 1' }, { tag: 't1', q: '1', state: 'active' as const }]) {
        const first = (await store().tasks.list('acme', filter, { limit: 2 })).items;
        const rest = (await store().tasks.list('acme', filter, { limit: 2, after: first.at(-1)!.id })).items;
        expect(idsOf([...first, ...rest])).toEqual(wanted);
      }
    });

    it.each(['%', '_', '.', '*', '(', '[', '\\', '^', '$', '?', "'", '"', '+', '|'])(
      'takes %s in a search as the character it is',
      async (character) => {
        const [plain, marked] = [
          aTask({ definition: { name: 'ab' } }),
          aTask({ definition: { name: `a${character}b` } }),
        ];
        await store().tasks.insert([plain, marked]);
        expect(await listed({ q: `a${character}b` })).toEqual([marked.id]);
        expect(await listed({ q: character })).toEqual([marked.id]);
      },
    );

    it('ignores case beyond ASCII and takes a tag literally', async () => {
      const task = aTask({ definition: { name: 'ÄRGER in Zürich', tags: ['50%', 'a.b', '$where'] } });
      const other = aTask({ definition: { name: 'arger', tags: ['500', 'aXb'] } });
      await store().tasks.insert([task, other]);
      expect(await listed({ q: 'ärger' })).toEqual([task.id]);
      for (const tag of ['50%', 'a.b', '$where']) expect(await listed({ tag })).toEqual([task.id]);
    });

    it("finds an organization's active tasks by event type, each once", async () => {
      const waiting = aTask({ definition: { triggers: [onEvent('build.done'), onEvent('build.done', { id: 'x' })] } });
      const second = aTask({ definition: { triggers: [{ type: 'manual' }, onEvent('other'), onEvent('build.done')] } });
      const paused = aTask({ definition: { triggers: [onEvent('build.done')] }, state: 'paused' });
      const elsewhere = aTask({ organization: 'umbrella', definition: { triggers: [onEvent('build.done')] } });
      const similar = aTask({ definition: { triggers: [onEvent('buildXdone'), onEvent('Build.Done')] } });
      await store().tasks.insert([waiting, second, paused, elsewhere, similar, aTask()]);
      const found = (await store().tasks.forEvent('acme', 'build.done')).items;
      expect(new Set(found)).toEqual(new Set([waiting, second, paused]));
      expect(found).toHaveLength(3);
      expect((await store().tasks.forEvent('acme', 'unknown')).items).toEqual([]);
    });

    it('finds what wakes in a range over all organizations, by the instant, bounded', async () => {
      const dueAt = (ms: number, organization = 'acme') =>
        aTask({ organization, next: { scheduledFor: T0 - 9000, dueAt: T0 + ms } });
      const [late, early, middle, outside, before] = [dueAt(30), dueAt(10), dueAt(20, 'umbrella'), dueAt(40), dueAt(9)];
      await store().tasks.insert([late, early, middle, outside, before]);
      const range = { from: T0 + 10, before: T0 + 40, limit: 10 };
      expect(await store().tasks.dueBetween(range)).toEqual([early, middle, late]);
      expect(await store().tasks.dueBetween({ ...range, limit: 2 })).toEqual([early, middle]);
    });

    it('brings a bounded number of bytes at once, however large tasks are, and goes on after them', async () => {
      const parameters = { text: 'x'.repeat(1_000_000) };
      const definition = { parameters, triggers: [onEvent('large')] };
      const tasks = times(20, (i) => aTask({ definition, next: { scheduledFor: T0 + i, dueAt: T0 + i } }));
      await store().tasks.insert(tasks);
      const most = MOST_READ_BYTES / 1_000_000 + 1;
      const due = await store().tasks.dueBetween({ from: T0, before: T0 + 100, limit: 100 });
      expect(idsOf(due)).toEqual(idsOf(tasks.slice(0, due.length)));
      expect([due.length > 1, due.length <= most, isLastPage(due, 100)]).toEqual([true, true, false]);
      const turn = { from: T0, before: T0 + 100, limit: 100, turns: { after: '' } };
      expect((await store().tasks.dueBetween(turn)).length).toBeLessThanOrEqual(most);
      const found = await everyPage(
        expect,
        async (after) => store().tasks.list('acme', {}, { after, limit: 100 }),
        most,
      );
      expect(found).toEqual(idsOf(tasks).sort().reverse());
      const waiting = await everyPage(expect, async (after) => store().tasks.forEvent('acme', 'large', after), most);
      expect(waiting).toEqual(idsOf(tasks).sort());
      expect((await store().tasks.forEvent('acme', 'large', undefined, 1)).items).toHaveLength(1);
    });

    it('finds the due tasks of some shards by their instant, each task in one shard', async () => {
      const tasks = times(40, (i) => aTask({ next: { scheduledFor: T0 + i, dueAt: T0 + i } }));
      await store().tasks.insert(tasks);
      const range = { from: T0, before: T0 + 1000, limit: 100 };
      const half = times(SHARDS / 2, (i) => 2 * i);
      const isEven = ({ id }: Task) => shardOf(id) % 2 === 0;
      expect(await store().tasks.dueBetween({ ...range, shards: half })).toEqual(tasks.filter(isEven));
      const odd = tasks.filter((task) => !isEven(task));
      const rest = half.map((shard) => shard + 1);
      expect(await store().tasks.dueBetween({ ...range, limit: 3, shards: rest })).toEqual(odd.slice(0, 3));
      expect(await store().tasks.dueBetween({ ...range, shards: [] })).toEqual([]);
    });

    it('goes on within an instant after a task, where some of its shard may come again', async () => {
      const at = (ms: number) => aTask({ next: { scheduledFor: T0 + ms, dueAt: T0 + ms } });
      const tasks = [...times(60, () => at(0)), ...times(20, () => at(1))];
      await store().tasks.insert(tasks);
      const range = { from: T0, before: T0 + 1000, limit: 100 };
      const all = await store().tasks.dueBetween(range);
      expect(new Set(all)).toEqual(new Set(tasks));
      const some = times(SHARDS / 2, (i) => 2 * i);
      for (const place of [0, 20, 59]) {
        const last = all[place]!;
        const isLater = (task: Task) => all.findIndex(({ id }) => id === task.id) > place;
        const mayCome = (task: Task) => isLater(task) || shardOf(task.id) === shardOf(last.id);
        for (const shards of [undefined, some]) {
          const found = await store().tasks.dueBetween({ ...range, after: last.id, shards });
          const isAsked = ({ id }: Task) => shards === undefined || shards.includes(shardOf(id));
          expect(found).toEqual(expect.arrayContaining(all.filter((task) => isLater(task) && isAsked(task))));
          expect(found.filter((task) => !mayCome(task) || !isAsked(task))).toEqual([]);
        }
      }
      // Its position remains when the task itself is gone.
      await store().tasks.remove('acme', all[20]!.id, 1);
      const found = await store().tasks.dueBetween({ ...range, after: all[20]!.id });
      expect(found).toEqual(expect.arrayContaining(all.slice(21)));
    });

    it('finds the due tasks of one organization, and of one after the other', async () => {
      const due = (organization: string, ms: number) =>
        aTask({ organization, next: { scheduledFor: T0 + ms, dueAt: T0 + ms } });
      const acme = times(5, (i) => due('acme', 10 + i));
      const beta = times(3, (i) => due('beta', 5 + i));
      const [zeta, later] = [due('zeta', 0), due('gamma', 5000)];
      await store().tasks.insert([...beta, zeta, later, ...acme.toReversed()]);
      const range = { from: T0, before: T0 + 1000, limit: 100 };
      expect(await store().tasks.dueBetween({ ...range, organization: 'acme', limit: 3 })).toEqual(acme.slice(0, 3));
      const rest = { ...range, organization: 'acme', from: T0 + 12, after: acme[2]!.id };
      expect((await store().tasks.dueBetween(rest)).filter(({ id }) => id !== acme[2]!.id)).toEqual(acme.slice(3));
      const turn = (after: string, limit = 100, except?: string[]) =>
        store().tasks.dueBetween({ ...range, limit, turns: { after, except } });
      expect(await turn('')).toEqual([...acme, ...beta, zeta]);
      expect(await turn('', 6)).toEqual([...acme, beta[0]]);
      expect(await turn('acme')).toEqual([...beta, zeta]);
      expect(await turn('acme', 100, ['beta', 'unknown'])).toEqual([zeta]);
      expect(await turn('', 100, ['acme'])).toEqual([...beta, zeta]);
      expect(await turn('zeta')).toEqual([]);
      const shards = [shardOf(zeta.id)];
      const found = await store().tasks.dueBetween({ ...range, shards, turns: { after: '' } });
      expect(found).toEqual([...acme, ...beta, zeta].filter(({ id }) => shards.includes(shardOf(id))));
    });

    it('finds a paused task by the end of its pause only', async () => {
      const paused = { state: 'paused', next: null, pausedReason: 'why' } as const;
      const [resuming, forever] = [aTask({ ...paused, pausedUntil: T0 + 5 }), aTask(paused)];
      const completed = aTask({ state: 'completed', next: null });
      await store().tasks.insert([resuming, forever, completed]);
      expect(await store().tasks.dueBetween({ from: 0, before: T0 + 1_000_000, limit: 10 })).toEqual([resuming]);
      expect(await store().tasks.dueBetween({ from: 0, before: T0 + 5, limit: 10 })).toEqual([]);
    });

    it('finds tasks of all organizations by their ids, those that exist', async () => {
      const tasks = times(3, (i) => aTask({ organization: `org-${i}` }));
      await store().tasks.insert(tasks);
      const found = await store().tasks.byIds([...idsOf(tasks.slice(1)), nextId()]);
      expect(new Set(found)).toEqual(new Set(tasks.slice(1)));
      expect(await store().tasks.byIds([])).toEqual([]);
    });

    it('counts the tasks in each state over all organizations', async () => {
      expect(await store().tasks.countByState(9)).toEqual({ active: 0, paused: 0, completed: 0 });
      await store().tasks.insert([
        ...times(3, (i) => aTask({ organization: `org-${i}` })),
        ...times(2, () => aTask({ state: 'paused', next: null })),
      ]);
      expect(await store().tasks.countByState(9)).toEqual({ active: 3, paused: 2, completed: 0 });
      expect(await store().tasks.countByState(2)).toEqual({ active: 2, paused: 2, completed: 0 });
    });

    it('counts a task of any organization as completed only when its last scheduled run has ended', async () => {
      const { tasks, runs } = store();
      const all = times(5, (i) => aTask({ organization: `org-${i % 2}`, state: 'completed', next: null }));
      await tasks.insert([...all, aTask({ state: 'paused', next: null })]);
      const of = (index: number, fields: Partial<Run> = {}) =>
        aRun({ taskId: all[index]!.id, organization: all[index]!.organization, trigger: 'schedule', ...fields });
      await runs.insert([
        ...[of(0), of(0, { state: 'running', owner: 'a' }), of(1, { state: 'retrying', owner: 'a' })],
        ...[of(2, { trigger: 'manual' }), of(3, { state: 'succeeded', finishedAt: T0 })],
      ]);
      expect(await tasks.countByState(9)).toEqual({ active: 2, paused: 1, completed: 3 });
    });
  });
}
