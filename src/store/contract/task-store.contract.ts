import { aClaim, aLedgerEntry, aTask, awkwardJson, nextId, onEvent, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

/** Storing, changing and finding single tasks. */
export function describeTaskStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('gives a task back exactly as it was stored', async () => {
      const task = aTask({
        definition: {
          name: `"quoted" 'name' Zürich 東京 🚀`,
          triggers: [onEvent('test-completion', { 'data.status': { $in: ['failed'] } }), { type: 'manual' }],
          action: {
            type: 'http',
            method: 'POST',
            url: 'https://ci.example.org/{{parameters.suite}}',
            body: { a: [0, null] },
          },
          priority: 0,
          tags: ['nightly', 'ünïcode', "o'brien"],
        },
        secrets: { token: 'sealed:k1:abc' },
        state: 'paused',
        pausedReason: 'flaky',
        pausedUntil: T0 + 1,
        next: null,
        generation: 7,
      });
      await store().tasks.insert([task]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
    });

    it('keeps the nominal and the due instant of the next occurrence apart', async () => {
      const task = aTask({ next: { scheduledFor: T0, dueAt: T0 + 250 } });
      await store().tasks.insert([task]);
      expect((await store().tasks.get('acme', task.id))?.next).toEqual({ scheduledFor: T0, dueAt: T0 + 250 });
    });

    it('keeps what is skipped of a task, until that is taken back', async () => {
      const skip = { at: T0 + 1, by: 'anna $set', reason: `it's "lunch" 🚀` };
      const task = aTask({ skips: [skip] });
      await store().tasks.insert([task]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
      const { skips: _skips, ...without } = { ...task, generation: 2 };
      expect(await store().tasks.replace('acme', without, task)).toBe(true);
      expect(await store().tasks.get('acme', task.id)).toEqual(without);
      const again = { ...without, skips: [skip, { ...skip, at: T0 + 2 }], generation: 3 };
      expect(await store().tasks.replace('acme', again, without)).toBe(true);
      expect(await store().tasks.byIds([task.id])).toEqual([again]);
    });

    it('keeps who made a task what it is, also of a task that an older program stored without', async () => {
      const maker = (id: string) => ({ type: 'user', id });
      const task = aTask({ makers: { created: maker('anna $set'), updated: maker('anna $set') } });
      const older = aTask();
      await store().tasks.insert([task, older]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
      expect(await store().tasks.get('acme', older.id)).toEqual(older);
      const paused = { ...task, generation: 2, makers: { ...task.makers, updated: maker('b'), paused: maker('b') } };
      expect(await store().tasks.replace('acme', paused, task)).toBe(true);
      const resumed = { ...task, generation: 3 };
      expect(await store().tasks.get('acme', task.id)).toEqual(paused);
      expect(await store().tasks.replace('acme', resumed, paused)).toBe(true);
      expect(await store().tasks.byIds([task.id])).toEqual([resumed]);
    });

    it('keeps what comes again of a task since the clock was set back, until that is over', async () => {
      const task = aTask({ repeats: { after: T0 - 1, until: T0 + 3_600_000, byMs: 1 } });
      await store().tasks.insert([task]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
      const { repeats: _repeats, ...without } = { ...task, generation: 2 };
      expect(await store().tasks.replace('acme', without, task)).toBe(true);
      expect(await store().tasks.get('acme', task.id)).toEqual(without);
      const again = { ...task, generation: 3 };
      expect(await store().tasks.replace('acme', again, without)).toBe(true);
      expect(await store().tasks.byIds([task.id])).toEqual([again]);
    });

    it('keeps parameters whose keys or values mean something to a database', async () => {
      const task = aTask({ definition: { parameters: awkwardJson() } });
      await store().tasks.insert([task]);
      const stored = await store().tasks.get('acme', task.id);
      expect(JSON.stringify(stored?.definition.parameters)).toBe(JSON.stringify(awkwardJson()));
    });

    it('counts the tasks of an organization, up to a limit', async () => {
      await store().tasks.insert([...times(5, () => aTask()), aTask({ organization: 'umbrella' })]);
      const counts = [10, 5, 3].map((atMost) => store().tasks.count('acme', atMost));
      expect(await Promise.all(counts)).toEqual([5, 5, 3]);
      expect(await store().tasks.count('nobody', 10)).toBe(0);
    });

    it('has no task under an unknown id or in another organization', async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      expect(await store().tasks.get('acme', nextId())).toBeNull();
      expect(await store().tasks.get('umbrella', task.id)).toBeNull();
    });

    it('leaves a task as it is when its id is inserted again, and tells the id', async () => {
      const first = aTask();
      await store().tasks.insert([first]);
      const fresh = aTask();
      const known = await store().tasks.insert([{ ...first, generation: 9 }, fresh]);
      expect(known).toEqual(new Set([first.id]));
      expect(await store().tasks.get('acme', first.id)).toEqual(first);
      expect(await store().tasks.get('acme', fresh.id)).toEqual(fresh);
    });

    it('does not change what a known id is found by when it is inserted again', async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      const other = { ...task, definition: { ...task.definition, tags: ['late'], triggers: [onEvent('late')] } };
      await store().tasks.insert([other]);
      expect((await store().tasks.forEvent('acme', 'late')).items).toEqual([]);
      expect((await store().tasks.list('acme', { tag: 'late' }, { limit: 10 })).items).toEqual([]);
    });

    it('takes an empty batch and one of 1,500', async () => {
      expect(await store().tasks.insert([])).toEqual(new Set());
      const tasks = times(1500, () => aTask());
      expect(await store().tasks.insert(tasks)).toEqual(new Set());
      expect(await store().tasks.insert(tasks)).toEqual(new Set(idsOf(tasks)));
      expect(await store().tasks.byIds(idsOf(tasks))).toHaveLength(1500);
    });

    it('shows a write to every other connection once it has resolved', async () => {
      const second = await store().reopen();
      const task = aTask();
      await store().tasks.insert([task]);
      expect(await second.tasks.get('acme', task.id)).toEqual(task);
    });

    it('replaces all of a task that still has the expected generation', async () => {
      const task = aTask({ definition: { tags: ['old'], triggers: [onEvent('old')] } });
      await store().tasks.insert([task]);
      const changed = aTask({
        ...task,
        definition: { name: 'renamed', tags: ['new'], triggers: [onEvent('new')] },
        secrets: { key: 'sealed' },
        next: { scheduledFor: T0 + 5, dueAt: T0 + 6 },
        generation: 2,
        updatedAt: T0,
      });
      expect(await store().tasks.replace('acme', changed, task)).toBe(true);
      expect(await store().tasks.get('acme', task.id)).toEqual(changed);
    });

    it('finds a replaced task by what it is now only', async () => {
      const task = aTask({ definition: { name: 'Alpha', tags: ['old'], triggers: [onEvent('old')] } });
      await store().tasks.insert([task]);
      const changed = aTask({
        ...task,
        definition: { name: 'Beta', tags: ['new'], triggers: [onEvent('new')] },
        next: { scheduledFor: T0 + 5000, dueAt: T0 + 5000 },
        generation: 2,
      });
      await store().tasks.replace('acme', changed, task);
      const { tasks } = store();
      const lists = async (filter: object) => (await tasks.list('acme', filter, { limit: 10 })).items;
      const waitingFor = async (event: string) => (await tasks.forEvent('acme', event)).items;
      expect(await Promise.all([waitingFor('old'), lists({ tag: 'old' }), lists({ q: 'alpha' })])).toEqual([
        [],
        [],
        [],
      ]);
      expect(await Promise.all([waitingFor('new'), lists({ tag: 'new' }), lists({ q: 'beta' })])).toEqual([
        [changed],
        [changed],
        [changed],
      ]);
      expect(await tasks.dueBetween({ from: T0, before: T0 + 1, limit: 10 })).toEqual([]);
      expect(await tasks.dueBetween({ from: T0 + 5000, before: T0 + 5001, limit: 10 })).toEqual([changed]);
    });

    it('replaces nothing under another generation, organization or id', async () => {
      const task = aTask({ generation: 3 });
      await store().tasks.insert([task]);
      const changed = { ...task, generation: 4, updatedAt: T0 };
      expect(await store().tasks.replace('acme', changed, { ...task, generation: 2 })).toBe(false);
      expect(await store().tasks.replace('umbrella', { ...changed, organization: 'umbrella' }, task)).toBe(false);
      expect(await store().tasks.replace('acme', { ...changed, id: nextId() }, task)).toBe(false);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
      expect(await store().tasks.get('umbrella', task.id)).toBeNull();
    });

    it('replaces nothing once a claim has moved the task on, whether occurrences follow or not', async () => {
      const [going, ending] = [aTask(), aTask()];
      await store().tasks.insert([going, ending]);
      const claims = [aClaim(going), aClaim(ending, { next: null, state: 'completed' })];
      expect(await store().runs.open(claims)).toEqual(['opened', 'opened']);
      const moved = await store().tasks.byIds([going.id, ending.id]);
      for (const task of [going, ending]) {
        const changed = { ...task, generation: 2, updatedAt: T0 };
        const now = moved.find(({ id }) => id === task.id)!;
        expect(await store().tasks.replace('acme', changed, task, [aLedgerEntry(task)])).toBe(false);
        expect(await store().tasks.replace('acme', changed, task)).toBe(false);
        expect(await store().tasks.get('acme', task.id)).toEqual(now);
        const changedNow = { ...now, generation: 2 };
        expect(await store().tasks.replace('acme', changedNow, now, [aLedgerEntry(task)])).toBe(true);
        expect(await store().tasks.get('acme', task.id)).toEqual(changedNow);
      }
    });

    it('tells which tasks are completed, and their generations', async () => {
      const [going, ended, again] = [aTask(), aTask({ organization: 'umbrella' }), aTask()];
      await store().tasks.insert([going, ended, again]);
      await store().runs.open([aClaim(ended, { next: null, state: 'completed' })]);
      const completed = { ...again, generation: 2, next: null, state: 'completed' as const };
      expect(await store().tasks.replace('acme', completed, again)).toBe(true);
      const asked = [going.id, ended.id, again.id, nextId()];
      expect(await store().tasks.completedAmong(asked)).toEqual(
        new Map([
          [ended.id, 1],
          [again.id, 2],
        ]),
      );
      expect(await store().tasks.completedAmong([])).toEqual(new Map());
    });

    it('tells which tasks exist', async () => {
      const [kept, gone, other] = [aTask(), aTask(), aTask({ organization: 'umbrella' })];
      await store().tasks.insert([kept, gone, other]);
      expect(await store().tasks.remove('acme', gone.id, 1)).toBe(true);
      const asked = [kept.id, gone.id, other.id, nextId()];
      expect(await store().tasks.existingAmong(asked)).toEqual(new Set([kept.id, other.id]));
      expect(await store().tasks.existingAmong([])).toEqual(new Set());
    });

    it('lets one of several replacements of one generation through', async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      const second = await store().reopen();
      const attempts = times(10, (i) =>
        (i % 2 ? store() : second).tasks.replace('acme', { ...task, generation: 2, updatedAt: T0 + i }, task),
      );
      expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    });

    it('removes a task that still has the expected generation, from everywhere', async () => {
      const task = aTask({ definition: { tags: ['x'], triggers: [onEvent('x')] } });
      await store().tasks.insert([task]);
      expect(await store().tasks.remove('acme', task.id, 1)).toBe(true);
      expect(await store().tasks.get('acme', task.id)).toBeNull();
      expect(await store().tasks.byIds([task.id])).toEqual([]);
      expect((await store().tasks.forEvent('acme', 'x')).items).toEqual([]);
      expect((await store().tasks.list('acme', { tag: 'x' }, { limit: 10 })).items).toEqual([]);
      expect(await store().tasks.dueBetween({ from: 0, before: T0 + 1, limit: 10 })).toEqual([]);
      expect(await store().tasks.remove('acme', task.id, 1)).toBe(false);
    });

    it('removes nothing under another generation or organization', async () => {
      const task = aTask({ generation: 2 });
      await store().tasks.insert([task]);
      expect(await store().tasks.remove('acme', task.id, 1)).toBe(false);
      expect(await store().tasks.remove('umbrella', task.id, 2)).toBe(false);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
    });
  });
}
