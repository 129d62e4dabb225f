import { newId } from '../../domain/ids.js';
import { RUN_STATES, isFinished, type Run } from '../../domain/run.js';
import type { RunFilter } from '../../scheduling/ports/run.store.js';
import { aClaim, aLedgerEntry, aRun, aTask, nextId, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

/** Finding runs and ledger entries, for tenants and for the engine. */
export function describeRunQueries({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const stored = async (...fields: Partial<Run>[]) => {
      const runs = fields.map((each) => aRun(each));
      await store().runs.insert(runs);
      return runs;
    };
    const storedAt = (...fields: Partial<Run>[]) =>
      stored(...fields.map((each) => ({ id: newId(each.scheduledFor ?? T0), ...each })));
    const listed = async (filter: RunFilter) => idsOf((await store().runs.list('acme', filter, { limit: 100 })).items);

    it('hides a run from other organizations', async () => {
      const [run] = await stored({});
      expect(await store().runs.get('umbrella', run!.id)).toBeNull();
      expect(await store().runs.get('acme', nextId())).toBeNull();
      expect((await store().runs.list('umbrella', { taskId: run!.taskId }, { limit: 10 })).items).toEqual([]);
    });

    it('tells the states of runs of one organization', async () => {
      const [a, b] = await stored({}, { state: 'failed' }, { organization: 'umbrella' });
      const [other] = await stored({ organization: 'umbrella' });
      const asked = [...idsOf([a!, b!, other!]), nextId()];
      expect(await store().runs.statesOf('acme', asked)).toEqual(
        new Map([
          [a!.id, 'pending'],
          [b!.id, 'failed'],
        ]),
      );
      expect(await store().runs.statesOf('acme', [])).toEqual(new Map());
    });

    it('outlines the last runs of tasks of one organization, newest first and not more of each than asked for', async () => {
      const lost = { output: { large: 'x'.repeat(1000) }, attempts: [] };
      const [, a2, a3, b1] = await storedAt(
        ...[1, 2, 3].map((at) => ({ taskId: 't-1', scheduledFor: T0 + at, latenessMs: at, ...lost })),
        { taskId: 't-2', scheduledFor: T0 + 5, state: 'succeeded', startedAt: T0 + 6, finishedAt: T0 + 9 },
        { taskId: 't-2', scheduledFor: T0 + 6, organization: 'umbrella' },
        { taskId: 't-3', scheduledFor: T0 + 5 },
      );
      const range = { from: T0 + 1, before: T0 + 9, limit: 2 };
      const asked = ['t-1', 't-2', 't-1', 'nothing'];
      const found = await store().runs.outlines('acme', asked, range);
      const of = (id: string) => found.filter(({ taskId }) => taskId === id);
      expect(idsOf(of('t-1'))).toEqual(idsOf([a3!, a2!]));
      expect(found).toHaveLength(3);
      const { id, trigger } = b1!;
      expect(of('t-2')).toEqual([
        {
          ...{ id, taskId: 't-2', trigger, scheduledFor: T0 + 5, state: 'succeeded' },
          ...{ startedAt: T0 + 6, finishedAt: T0 + 9, latenessMs: null },
        },
      ]);
      expect(of('t-1').map(({ latenessMs }) => latenessMs)).toEqual([3, 2]);
      expect(await store().runs.outlines('acme', asked, { ...range, from: T0 + 7 })).toEqual([]);
      expect(idsOf(await store().runs.outlines('acme', ['t-1'], { from: 0, before: T0 + 3, limit: 1 }))).toEqual([
        a2!.id,
      ]);
      expect(await store().runs.outlines('acme', [], range)).toEqual([]);
    });

    it('lists failures of one organization, newest first, with the error of the last attempt', async () => {
      const attempt = { number: 1, instance: 'i', startedAt: T0, finishedAt: T0 + 1, outcome: 'failed' as const };
      const error = { code: 'http-503', message: 'away', status: 503 };
      const [a, b, c] = await storedAt(
        ...[
          { taskId: 't-1', state: 'failed' as const, attempts: [attempt, { ...attempt, number: 2, error }] },
          { taskId: 't-1', state: 'timed_out' as const, reason: 'too slow', scheduledFor: T0 + 1, finishedAt: T0 + 5 },
          { taskId: 't-2', state: 'failed' as const, scheduledFor: T0 + 2 },
        ],
        { taskId: 't-1', state: 'succeeded', scheduledFor: T0 + 3 },
        { taskId: 't-1', state: 'cancelled', scheduledFor: T0 + 3 },
        { organization: 'umbrella', state: 'failed', scheduledFor: T0 + 4 },
      );
      const failures = async (filter: RunFilter, after?: string, limit = 10) =>
        store().runs.failures('acme', filter, { after, limit });
      const { items, next } = await failures({});
      expect([idsOf(items), next]).toEqual([idsOf([c!, b!, a!]), null]);
      expect(items[2]).toEqual({
        ...{ id: a!.id, taskId: 't-1', scheduledFor: T0, finishedAt: a!.finishedAt, state: 'failed' },
        ...{ reason: a!.reason, error },
      });
      expect(items[1]).toMatchObject({ state: 'timed_out', reason: 'too slow', finishedAt: T0 + 5, error: null });
      expect(idsOf((await failures({ taskId: 't-1' })).items)).toEqual(idsOf([b!, a!]));
      expect(idsOf((await failures({ from: T0 + 1, to: T0 + 2 })).items)).toEqual([b!.id]);
      expect(await failures({}, undefined, 2)).toMatchObject({ items: [{ id: c!.id }, { id: b!.id }], next: b!.id });
      expect(idsOf((await failures({}, b!.id)).items)).toEqual([a!.id]);
    });

    it('pages through the runs, newest id first, without a gap or a repetition', async () => {
      const runs = await stored(...times(25, () => ({})), { organization: 'umbrella' });
      const seen: string[] = [];
      for (let after: string | undefined; seen.length < 25; after = seen.at(-1)) {
        const page = (await store().runs.list('acme', {}, { limit: 10, after })).items;
        expect(page.length).toBe(Math.min(10, 25 - seen.length));
        seen.push(...idsOf(page));
      }
      expect(seen).toEqual(idsOf(runs.slice(0, 25)).reverse());
      expect((await store().runs.list('acme', {}, { limit: 10, after: seen.at(-1) })).items).toEqual([]);
    });

    it('filters by task, state, trigger and nominal time, and by all of them together', async () => {
      // The ids of runs begin with their nominal times.
      const [a, b, c, d] = await storedAt(
        { taskId: 't-1' },
        { taskId: 't-1', state: 'failed', scheduledFor: T0 + 10 },
        { taskId: 't-2', state: 'failed', trigger: 'schedule', scheduledFor: T0 + 20 },
        { taskId: 't-1', state: 'failed', trigger: 'schedule', scheduledFor: T0 + 30 },
      );
      expect(await listed({ taskId: 't-1' })).toEqual(idsOf([d!, b!, a!]));
      expect(await listed({ state: 'failed' })).toEqual(idsOf([d!, c!, b!]));
      expect(await listed({ trigger: 'schedule' })).toEqual(idsOf([d!, c!]));
      expect(await listed({ from: T0 + 10, to: T0 + 30 })).toEqual(idsOf([c!, b!]));
      expect(await listed({ from: T0 + 11 })).toEqual(idsOf([d!, c!]));
      expect(await listed({ to: T0 + 10 })).toEqual(idsOf([a!]));
      const all = { taskId: 't-1', state: 'failed', trigger: 'schedule', from: T0, to: T0 + 31 } as const;
      expect(await listed(all)).toEqual([d!.id]);
      expect(await listed({ ...all, taskId: 't-2', to: T0 + 20 })).toEqual([]);
    });

    it('finds the runs that wait for an attempt and were due, whoever holds them', async () => {
      const [unowned, held, retrying] = await stored(
        { dueAt: T0 + 2 },
        { dueAt: T0 + 1, owner: 'i-1', attempt: 1, organization: 'umbrella' },
        { dueAt: T0, owner: 'i-2', attempt: 2, state: 'retrying', startedAt: T0 - 100 },
        { dueAt: T0 + 3 },
        { dueAt: T0, owner: 'i-1', attempt: 1, state: 'running', startedAt: T0 },
        { dueAt: T0, state: 'failed', finishedAt: T0 },
      );
      expect(idsOf(await store().runs.waiting(T0 + 3, 10))).toEqual(idsOf([retrying!, held!, unowned!]));
      expect(idsOf(await store().runs.waiting(T0 + 3, 2))).toEqual(idsOf([retrying!, held!]));
      expect(await store().runs.waiting(T0, 10)).toEqual([]);
      expect(idsOf(await store().runs.waiting(T0 + 3, 10, ['acme', 'unknown']))).toEqual(idsOf([held!]));
      expect(idsOf(await store().runs.waiting(T0 + 3, 1, ['umbrella']))).toEqual(idsOf([retrying!]));
      expect(await store().runs.waiting(T0 + 3, 10, ['acme', 'umbrella'])).toEqual([]);
    });

    it('tells which tasks have a run that has begun and not finished', async () => {
      await stored(
        { taskId: 't-1', owner: 'i-1', attempt: 1, state: 'running', startedAt: T0 },
        { taskId: 't-1', owner: 'i-1', attempt: 2, state: 'retrying', startedAt: T0 },
        { taskId: 't-2' },
        { taskId: 't-3', state: 'succeeded', finishedAt: T0 },
        { taskId: 't-4', owner: 'i-1', attempt: 2, state: 'retrying', startedAt: T0 },
      );
      expect(await store().runs.busyAmong(['t-1', 't-2', 't-3', 't-5'])).toEqual(new Set(['t-1']));
      expect(await store().runs.busyAmong([])).toEqual(new Set());
    });

    it('tells which tasks have an unfinished run of an occurrence', async () => {
      await stored(
        { taskId: 't-1', trigger: 'schedule' },
        { taskId: 't-2', trigger: 'schedule', owner: 'i-1', attempt: 1, state: 'running' },
        { taskId: 't-3', trigger: 'manual' },
        { taskId: 't-4', trigger: 'schedule', state: 'failed', finishedAt: T0 },
        { taskId: 't-5', trigger: 'schedule' },
      );
      const asked = ['t-1', 't-2', 't-3', 't-4', 't-6'];
      expect(await store().runs.underWayAmong(asked)).toEqual(new Set(['t-1', 't-2']));
      expect(await store().runs.underWayAmong([])).toEqual(new Set());
    });

    it('finds the last runs of a generation that ended by themselves', async () => {
      const taskId = 't-1';
      const runs = await stored(
        { taskId, state: 'failed', generation: 2 },
        { taskId, state: 'succeeded', generation: 3 },
        { taskId, state: 'timed_out', generation: 3 },
        ...(['cancelled', 'skipped', 'missed', 'running', 'pending'] as const).map((state) => ({
          taskId,
          state,
          generation: 3,
        })),
        { taskId, state: 'failed', generation: 3 },
        { taskId: 't-2', state: 'failed', generation: 3 },
        { taskId, state: 'failed', generation: 3, organization: 'umbrella' },
      );
      const expected = idsOf([runs[8]!, runs[2]!, runs[1]!]);
      expect(idsOf(await store().runs.lastEnded('acme', taskId, 3, 10))).toEqual(expected);
      expect(idsOf(await store().runs.lastEnded('acme', taskId, 3, 2))).toEqual(expected.slice(0, 2));
    });

    it('pages through filtered runs', async () => {
      const runs = await stored(...times(10, (i) => ({ taskId: `t-${i % 2}` })));
      const first = (await store().runs.list('acme', { taskId: 't-1' }, { limit: 2 })).items;
      const rest = (await store().runs.list('acme', { taskId: 't-1' }, { limit: 9, after: first[1]!.id })).items;
      expect(idsOf([...first, ...rest])).toEqual(idsOf(runs.filter((run) => run.taskId === 't-1')).reverse());
    });

    it('tells of the runs that the events of an instant started, by id, and of no others', async () => {
      const event = { id: 'e-1', type: 'x', data: { a: 'b' }, receivedAt: T0 };
      const of = (fields: Partial<Run> = {}) => ({
        ...{ id: newId(T0), scheduledFor: T0, trigger: 'event' as const, event },
        ...fields,
      });
      const runs = await stored(
        of({ event: { ...event, descendants: 7 } }),
        of({ state: 'skipped', finishedAt: T0, reason: 'why' }),
        of({ event: { ...event, descendants: 0 }, state: 'succeeded', finishedAt: T0 }),
        ...[of({ organization: 'umbrella' }), of({ trigger: 'manual', event: null })],
        ...[of({ id: newId(T0 - 1) }), of({ id: newId(T0 + 1) })],
      );
      const { runs: all } = store();
      const wanted = [runs[0]!, runs[1]!, runs[2]!].sort((a, b) => (a.id < b.id ? -1 : 1));
      const told = wanted.map(({ id, taskId, state, reason, event: own }) => ({
        ...{ id, taskId, state, reason },
        descendants: own!.descendants ?? null,
      }));
      expect(await all.ofEvents('acme', T0, { after: undefined, limit: 9 })).toEqual(told);
      expect(await all.ofEvents('acme', T0, { after: undefined, limit: 2 })).toEqual(told.slice(0, 2));
      expect(await all.ofEvents('acme', T0, { after: told[1]!.id, limit: 9 })).toEqual(told.slice(2));
    });

    it('finds the unfinished runs of tasks', async () => {
      const runs = await stored(
        ...RUN_STATES.map((state) => ({ taskId: 't-1', state })),
        { taskId: 't-2', organization: 'umbrella' },
        { taskId: 't-3' },
      );
      const wanted = runs.filter((run) => !isFinished(run.state) && run.taskId !== 't-3');
      const found = await store().runs.unfinishedOf(['t-1', 't-2', 't-4'], 99);
      expect(new Set(found)).toEqual(new Set(wanted));
      expect(found).toHaveLength(wanted.length);
      expect(await store().runs.unfinishedOf(['t-1'], 2)).toHaveLength(2);
      expect(await store().runs.unfinishedOf([], 9)).toEqual([]);
    });

    it('tells which tasks others than one owner work on', async () => {
      await stored(
        { owner: 'me', taskId: 't-1' },
        { owner: 'you', taskId: 't-2' },
        { owner: null, taskId: 't-3' },
        { owner: 'you', taskId: 't-4', state: 'succeeded', finishedAt: T0 },
        ...['me', 'a', 'z'].map((owner) => ({ owner, taskId: 't-5' })),
        { owner: 'z', taskId: 't-6', state: 'running', attempt: 1 },
        { owner: 'z', taskId: 't-7' },
      );
      const asked = ['t-1', 't-2', 't-3', 't-4', 't-5', 't-6', 't-8'];
      expect(await store().runs.heldElsewhere(asked, 'me')).toEqual(new Set(['t-2', 't-5', 't-6']));
      expect(await store().runs.heldElsewhere(['t-2', 't-3', 't-4'], 'you')).toEqual(new Set());
      expect(await store().runs.heldElsewhere([], 'me')).toEqual(new Set());
    });

    it('finds the runs of a task that others hold, without what they carry', async () => {
      const taskId = 't-1';
      const event = { id: 'e', type: 'x', data: 'y'.repeat(9), receivedAt: T0 };
      const lost = { number: 1, instance: 'gone', startedAt: T0, finishedAt: T0, outcome: 'lost' as const };
      const runs = await stored(
        { taskId, owner: 'you', event, parameters: { a: 1 }, trigger: 'event' },
        { taskId, owner: 'a', state: 'running', attempt: 2, attempts: [lost], startedAt: T0 },
        ...[{ taskId, owner: 'me' }, { taskId, owner: null }, { owner: 'you' }],
        { taskId, owner: 'you', state: 'failed', finishedAt: T0 },
      );
      const range = { since: 0, dueBy: 0, limit: 9 };
      const found = await store().runs.heldBeside(taskId, 'me', range);
      const { parameters: _, ...first } = runs[0]!;
      expect(new Set(found)).toEqual(new Set([{ ...first, event: null }, runs[1]]));
      expect(await store().runs.heldBeside('t-2', 'me', range)).toEqual([]);
    });

    it('finds of very many runs that others hold the first ones of each holder and kind', async () => {
      const taskId = 't-1';
      const lost = { number: 1, instance: 'gone', startedAt: T0, finishedAt: T0, outcome: 'lost' as const };
      const crowd = (owner: string, trigger: Run['trigger'], count: number, from = 0) =>
        times(count, (i) => ({ taskId, owner, trigger, dueAt: T0 + from + i }));
      await stored(
        ...[...crowd('me', 'manual', 300), ...crowd('you', 'backfill', 300), ...crowd('you', 'manual', 300)],
        ...crowd('late', 'event', 300, 100_000),
        { taskId, owner: 'you', trigger: 'schedule', dueAt: T0 + 50, priority: 1 },
        { taskId, owner: 'you', trigger: 'manual', dueAt: T0 + 90_000, state: 'retrying', attempt: 1, priority: 2 },
        { taskId, owner: 'you', trigger: 'manual', dueAt: T0 + 90_000, attempt: 2, attempts: [lost], priority: 3 },
        { taskId, owner: 'other', trigger: 'manual', dueAt: T0 + 700, priority: 4 },
      );
      const found = await store().runs.heldBeside(taskId, 'me', { since: T0 + 290, dueBy: T0 + 500, limit: 60 });
      expect(found.length).toBeLessThanOrEqual(3 * 60 * 11);
      expect(found.some(({ owner }) => owner === 'me')).toBe(false);
      expect(new Set(found.map(({ priority }) => priority))).toEqual(new Set([5, 1, 2, 3, 4]));
      const first = (trigger: Run['trigger']) =>
        found
          .filter((run) => run.owner === 'you' && run.trigger === trigger && run.priority === 5)
          .map(({ dueAt }) => dueAt - T0);
      // The first that are due, and the first that are due later.
      for (const trigger of ['backfill', 'manual'] as const)
        expect(first(trigger)).toEqual(expect.arrayContaining([0, 1, 50, 291, 299]));
      expect(first('manual').includes(200)).toBe(false);
      expect(found.some(({ owner, dueAt }) => owner === 'late' && dueAt === T0 + 100_000)).toBe(true);
    });

    it('finds the unfinished runs of 1,200 tasks', async () => {
      const runs = await stored(...times(1200, (i) => ({ taskId: `t-${i}` })));
      expect(
        await store().runs.unfinishedOf(
          runs.map(({ taskId }) => taskId),
          9999,
        ),
      ).toHaveLength(1200);
    });

    it('names every owner of an unfinished run once', async () => {
      expect(await store().runs.owners()).toEqual([]);
      await stored(
        { owner: 'i-1' },
        { owner: 'i-1', state: 'running' },
        { owner: 'i-2', state: 'retrying', organization: 'umbrella' },
        { owner: 'i-3', state: 'succeeded' },
        { owner: null },
      );
      expect((await store().runs.owners()).sort()).toEqual(['i-1', 'i-2']);
    });

    it('finds what owners hold unfinished, by the instant at which it is due, bounded', async () => {
      const [late, early, other] = await stored(
        { owner: 'i-1', dueAt: T0 + 30 },
        { owner: 'i-2', dueAt: T0 + 10, organization: 'umbrella', state: 'running' },
        { owner: 'i-1', dueAt: T0 + 20 },
        { owner: 'i-1', dueAt: T0, state: 'failed' },
        { owner: 'i-3', dueAt: T0 },
        { owner: null, dueAt: T0 },
      );
      expect(idsOf(await store().runs.heldBy(['i-1', 'i-2', 'i-9'], 10))).toEqual(idsOf([early!, other!, late!]));
      expect(idsOf(await store().runs.heldBy(['i-1', 'i-2'], 2))).toEqual(idsOf([early!, other!]));
      expect(await store().runs.heldBy([], 10)).toEqual([]);
      const byId = idsOf([late!, other!]).sort();
      expect(idsOf(await store().runs.ownedAfter('i-1', '', 10))).toEqual(byId);
      expect(idsOf(await store().runs.ownedAfter('i-1', '', 1))).toEqual(byId.slice(0, 1));
      expect(idsOf(await store().runs.ownedAfter('i-1', byId[0]!, 10))).toEqual(byId.slice(1));
      expect(await store().runs.ownedAfter('i-1', byId[1]!, 10)).toEqual([]);
    });

    it('finds what nobody holds and is due, by its instant, bounded', async () => {
      const [late, early] = await stored(
        { dueAt: T0 + 20, state: 'retrying' },
        { dueAt: T0 + 10, organization: 'umbrella' },
        { dueAt: T0 + 30 },
        { dueAt: T0, owner: 'i-1' },
        { dueAt: T0, state: 'cancelled' },
      );
      expect(await store().runs.unowned(T0 + 30, 10)).toEqual([early, late]);
      expect(await store().runs.unowned(T0 + 30, 1)).toEqual([early]);
      expect(await store().runs.unowned(T0 + 10, 10)).toEqual([]);
    });

    it('finds what owners or nobody hold, organization after organization', async () => {
      const fields = (organization: string, dueAt: number, owner: string | null) => ({ organization, dueAt, owner });
      const of = (owner: string | null) =>
        stored(
          fields('zeta', T0, owner),
          fields('acme', T0 + 3, owner),
          fields('acme', T0 + 2, owner),
          fields('beta', T0 + 1, owner),
          { ...fields('beta', T0 + 1, owner), state: 'failed' },
        );
      const [[zeta, third, second, first], held] = [await of(null), await of('i-1')];
      const turns = (after: string, except?: string[]) => ({ after, except });
      const unowned = async (limit: number, after: string, except?: string[]) =>
        idsOf(await store().runs.unowned(T0 + 10, limit, turns(after, except)));
      expect(await unowned(10, '')).toEqual(idsOf([second!, third!, first!, zeta!]));
      expect(await unowned(3, '')).toEqual(idsOf([second!, third!, first!]));
      expect(await unowned(10, 'acme')).toEqual(idsOf([first!, zeta!]));
      expect(await unowned(10, '', ['acme', 'unknown'])).toEqual(idsOf([first!, zeta!]));
      expect(idsOf(await store().runs.unowned(T0 + 3, 10, turns('')))).toEqual(idsOf([second!, first!, zeta!]));
      const heldBy = async (after: string, except?: string[]) =>
        idsOf(await store().runs.heldBy(['i-1', 'i-2'], 3, turns(after, except)));
      expect(await heldBy('')).toEqual(idsOf([held[2]!, held[1]!, held[3]!]));
      expect(await heldBy('', ['acme'])).toEqual(idsOf([held[3]!, held[0]!]));
      expect(await heldBy('beta')).toEqual(idsOf([held[0]!]));
    });

    it('purges runs that finished before an instant, with their logs, and no more than asked', async () => {
      const done = { state: 'succeeded' as const, finishedAt: T0 };
      const old = await stored(done, done, done);
      const kept = await stored({ ...done, finishedAt: T0 + 1 }, { state: 'running' });
      const entries = [{ sequence: 1, at: T0, attempt: 1, level: 'info' as const, message: 'started' }];
      const runs = [...old, ...kept];
      await store().logs.append(runs.map(({ id, organization }) => ({ organization, runId: id, entries })));
      expect(await store().runs.purge(T0 + 1, 2)).toBe(2);
      expect(await store().runs.purge(T0 + 1, 10)).toBe(1);
      expect(await store().runs.purge(T0 + 1, 10)).toBe(0);
      expect(await listed({})).toEqual(idsOf(kept).reverse());
      const logs = await Promise.all(runs.map(({ id }) => store().logs.list('acme', id, 0, 10)));
      expect(logs.map((log) => log.length)).toEqual([0, 0, 0, 1, 1]);
    });

    it('purges old runs of one kind, of an organization or of all, a page at a time', async () => {
      const failed = { state: 'failed' as const, finishedAt: T0 };
      const done = { state: 'succeeded' as const, finishedAt: T0 };
      const lost = { ...failed, state: 'timed_out' as const };
      const early = { scheduledFor: T0 - 10 };
      const runs = await storedAt(
        ...[failed, done, lost, { ...done, finishedAt: T0 + 1 }, { state: 'running' as const }].map((fields) => ({
          ...early,
          ...fields,
        })),
      );
      const [first, second, third, young, running] = runs.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect([first, second, third, young, running].map((run) => runs.includes(run!))).toEqual(times(5, () => true));
      await store().runs.insert([aRun({ id: newId(T0 - 10), organization: 'umbrella', ...early, ...failed })]);
      const entries = [{ sequence: 1, at: T0, attempt: 1, level: 'info' as const, message: 'started' }];
      await store().logs.append(runs.map(({ id, organization }) => ({ organization, runId: id, entries })));
      const kind = { organization: 'acme', failed: true, before: T0 + 1 };
      const page = await store().runs.purgeKind({ ...kind, after: '' }, 2);
      expect(page).toMatchObject({ looked: 2, last: second!.id });
      const rest = await store().runs.purgeKind({ ...kind, after: page.last }, 10);
      expect(rest).toMatchObject({ looked: 3, last: running!.id });
      expect(page.removed + rest.removed).toBe(2);
      const kept = runs.filter(({ state }) => state !== 'failed' && state !== 'timed_out');
      expect(new Set(await listed({}))).toEqual(new Set(idsOf(kept)));
      const logs = await Promise.all(kept.map(({ id }) => store().logs.list('acme', id, 0, 10)));
      expect(logs.map((log) => log.length)).toEqual(kept.map(() => 1));
      expect(await store().runs.purgeKind({ ...kind, after: '' }, 10)).toMatchObject({ removed: 0, looked: 3 });
      expect(await store().runs.purgeKind({ failed: true, before: T0 + 1, after: '' }, 10)).toMatchObject({
        removed: 1,
      });
      expect(await store().runs.purgeKind({ failed: false, before: T0 + 1, after: '' }, 10)).toMatchObject({
        removed: 1,
      });
      expect(await store().runs.purgeKind({ failed: false, before: T0 - 10, after: '' }, 10)).toEqual({
        ...{ removed: 0, looked: 0, last: '' },
      });
    });

    it('purges ledger entries that end before an instant, of all tasks, the oldest first, and no more than asked', async () => {
      const tasks = [aTask(), aTask({ organization: 'umbrella' })];
      await store().tasks.insert(tasks);
      const entries = tasks.map((task) =>
        [0, 10, 20].map((from) => aLedgerEntry(task, { from: T0 + from, to: T0 + from + 5 })),
      );
      await store().runs.open(tasks.map((task, index) => aClaim(task, { ledger: entries[index]! })));
      expect(await store().runs.purgeLedger(T0 + 16, 3)).toBe(3);
      expect(await store().runs.purgeLedger(T0 + 16, 10)).toBe(1);
      expect(await store().runs.purgeLedger(T0 + 16, 10)).toBe(0);
      const range = { from: T0, before: T0 + 100, limit: 10 };
      const kept = await Promise.all(tasks.map(({ organization, id }) => store().runs.ledger(organization, id, range)));
      expect(kept).toEqual(entries.map(([, , last]) => [last]));
    });

    it("finds a task's ledger entries that touch a range, oldest first, bounded", async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      const stretch = (from: number, to: number) => aLedgerEntry(task, { from: T0 + from, to: T0 + to });
      const [first, second, third] = [stretch(0, 9), stretch(10, 19), stretch(20, 29)];
      await store().runs.open([aClaim(task, { ledger: [third, first, second] })]);
      const found = (from: number, before: number, limit = 10) =>
        store().runs.ledger('acme', task.id, { from: T0 + from, before: T0 + before, limit });
      expect(await found(0, 30)).toEqual([first, second, third]);
      expect(await found(0, 30, 2)).toEqual([first, second]);
      expect(await found(9, 10)).toEqual([first]);
      expect(await found(12, 13)).toEqual([second]);
      expect(await found(19, 21)).toEqual([second, third]);
      expect(await found(30, 90)).toEqual([]);
      expect(await found(-9, 0)).toEqual([]);
    });

    it("finds the last of a task's ledger entries that begin before an instant, latest first, bounded", async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      const stretch = (from: number, to: number) => aLedgerEntry(task, { from: T0 + from, to: T0 + to });
      const [first, longer, second, third] = [stretch(0, 9), stretch(0, 40), stretch(10, 19), stretch(20, 29)];
      await store().runs.open([aClaim(task, { ledger: [third, first, longer, second] })]);
      const found = (before: number, limit = 10, organization = 'acme') =>
        store().runs.ledgerBefore(organization, task.id, T0 + before, limit);
      expect(await found(21)).toEqual([third, second, longer, first]);
      expect(await found(20, 2)).toEqual([second, longer]);
      expect(await found(0)).toEqual([]);
      expect(await found(21, 10, 'umbrella')).toEqual([]);
    });

    it("hides a task's ledger from other organizations and other tasks", async () => {
      const task = aTask();
      await store().tasks.insert([task]);
      await store().runs.open([aClaim(task, { ledger: [aLedgerEntry(task)] })]);
      const ever = { from: 0, before: T0 * 2, limit: 10 };
      expect(await store().runs.ledger('umbrella', task.id, ever)).toEqual([]);
      expect(await store().runs.ledger('acme', nextId(), ever)).toEqual([]);
    });
  });
}
