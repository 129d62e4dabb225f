import fc from 'fast-check';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { aChange, aClaim, aLedgerEntry, aRun, aTask, awkwardJson, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const EVER = { from: 0, before: Number.MAX_SAFE_INTEGER, limit: 100 };

/** Opening occurrences: run, ledger and task change together or not at all. */
export function describeRunClaims({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const stored = async (fields: Partial<Task> = {}) => {
      const task = aTask(fields);
      await store().tasks.insert([task]);
      return task;
    };
    const nextOf = async (task: Task) => (await store().tasks.get(task.organization, task.id))?.next;
    const ledgerOf = (task: Task) => store().runs.ledger(task.organization, task.id, EVER);

    it('opens a run, stores the ledger and moves the task on, under the same generation', async () => {
      const task = await stored();
      const claim = aClaim(task, { ledger: [aLedgerEntry(task)], next: { scheduledFor: T0 + 7, dueAt: T0 + 9 } });
      expect(await store().runs.open([claim])).toEqual(['opened']);
      expect(await store().runs.get('acme', claim.run!.id)).toEqual(claim.run);
      expect(await ledgerOf(task)).toEqual(claim.ledger);
      expect(await store().tasks.get('acme', task.id)).toEqual({
        ...task,
        next: claim.next,
        scheduledRuns: 1,
        claimedUntil: T0,
      });
      expect(idsOf(await store().tasks.dueBetween({ from: T0 + 9, before: T0 + 10, limit: 1 }))).toEqual([task.id]);
      expect(await store().tasks.dueBetween({ from: T0, before: T0 + 9, limit: 1 })).toEqual([]);
    });

    it('opens a crowd that is alike, and of it only the tasks that still stand where their claims say', async () => {
      const tasks = times(70, () => aTask());
      await store().tasks.insert(tasks);
      const next = { scheduledFor: T0 + 7, dueAt: T0 + 9 };
      const claims = tasks.map((task, i) =>
        aClaim(task, { next: i < 60 ? next : { scheduledFor: T0 + i, dueAt: T0 + i } }),
      );
      await store().runs.open([claims[3]!, claims[65]!].map((claim) => ({ ...claim, run: null, next: null })));
      const stale = (i: number) => i === 3 || i === 65;
      expect(await store().runs.open(claims)).toEqual(tasks.map((_, i) => (stale(i) ? 'stale' : 'opened')));
      const moved = await Promise.all(tasks.map(nextOf));
      expect(moved).toEqual(claims.map((claim, i) => (stale(i) ? null : claim.next)));
      const runs = await store().runs.byIds('acme', claims.map(({ run }) => run!.id)); // prettier-ignore
      expect(runs).toHaveLength(68);
    });

    it('ends a task that has no further occurrence', async () => {
      const task = await stored();
      expect(await store().runs.open([aClaim(task, { next: null, state: 'completed' })])).toEqual(['opened']);
      expect(await store().tasks.get('acme', task.id)).toEqual({
        ...task,
        next: null,
        state: 'completed',
        scheduledRuns: 1,
        claimedUntil: T0,
      });
      expect(await store().tasks.dueBetween(EVER)).toEqual([]);
      // The run has not ended.
      expect(await store().tasks.countByState(9)).toEqual({ active: 1, paused: 0, completed: 0 });
    });

    it('moves a task past occurrences that do not run', async () => {
      const task = await stored();
      const ledger = [
        aLedgerEntry(task, { outcome: 'missed', count: 44_640, reason: "it's 'down'" }),
        aLedgerEntry(task, { from: T0, to: T0, count: 1 }),
      ];
      expect(await store().runs.open([aClaim(task, { run: null, ledger })])).toEqual(['opened']);
      expect(await ledgerOf(task)).toEqual(ledger);
      expect(await nextOf(task)).toEqual({ scheduledFor: T0 + 60_000, dueAt: T0 + 60_000 });
      expect((await store().runs.list('acme', {}, { limit: 10 })).items).toEqual([]);
      expect(await store().runs.open([aClaim(task, { run: null, ledger })])).toEqual(['stale']);
      expect(await ledgerOf(task)).toHaveLength(2);
    });

    it('counts the runs of a task together with its move, once each, and nothing that does not run', async () => {
      const task = await stored({ scheduledRuns: 4 });
      const counted = async () => (await store().tasks.get('acme', task.id))!;
      await store().runs.open([aClaim(task, { dueAt: T0 + 5 }), aClaim(task, { dueAt: T0 + 5 }, 'instance-2')]);
      expect(await counted()).toMatchObject({ scheduledRuns: 5, claimedUntil: T0 + 5 });
      await store().runs.open([aClaim(await counted(), { run: null })]);
      expect(await counted()).toMatchObject({ scheduledRuns: 5, claimedUntil: T0 + 60_000 });
      const changed = { ...(await counted()), scheduledRuns: 2, claimedUntil: null, generation: 2 };
      await store().tasks.replace('acme', changed, await counted());
      expect(await counted()).toEqual(changed);
    });

    it('reads of a ledger what touches a range, short and long stretches, page by page', async () => {
      const task = await stored();
      const lengths = [0, 1, 9, 10, 250, 99_999, 10_000_000, 400 * 86_400_000];
      const ledger = times(160, (index) => {
        const from = T0 - 5_000_000 + index * 61_003;
        return aLedgerEntry(task, { from, to: from + lengths[index % lengths.length]! });
      });
      expect(await store().tasks.replace('acme', task, task, ledger)).toBe(true);
      const instant = fc.integer({ min: T0 - 5_100_000, max: T0 + 5_000_000 });
      const property = fc.asyncProperty(instant, instant, fc.integer({ min: 1, max: 40 }), async (a, b, limit) => {
        const [from, before] = [Math.min(a, b), Math.max(a, b) + 1];
        const found: LedgerEntry[] = [];
        for (let after: LedgerEntry | undefined; ;) {
          const page = await store().readers.runs.ledger('acme', task.id, { from, before, limit, after });
          found.push(...page);
          if (page.length < limit) break;
          after = page.at(-1);
        }
        expect(found).toEqual(ledger.filter((entry) => entry.to >= from && entry.from < before));
      });
      await fc.assert(property, { numRuns: 50 });
    });

    it('tells that a run is taken when the task has moved on before, and stores its ledger once', async () => {
      const task = await stored();
      const first = aClaim(task, { ledger: [aLedgerEntry(task)] });
      const second = aClaim(task, { ledger: [aLedgerEntry(task)] }, 'instance-2');
      expect(await store().runs.open([first])).toEqual(['opened']);
      expect(await store().runs.open([second])).toEqual(['taken']);
      expect((await store().runs.get('acme', first.run!.id))?.owner).toBe('instance-1');
      expect(await ledgerOf(task)).toEqual(first.ledger);
    });

    it('moves the task on when the run is there already but the task still stands before it', async () => {
      const task = await stored();
      const claim = aClaim(task, { ledger: [aLedgerEntry(task)] });
      const earlier = aRun({ ...claim.run!, owner: 'instance-9', state: 'succeeded', finishedAt: T0 });
      await store().runs.insert([earlier]);
      expect(await store().runs.open([claim])).toEqual(['taken']);
      expect(await store().runs.get('acme', earlier.id)).toEqual(earlier);
      expect(await nextOf(task)).toEqual(claim.next);
      expect(await ledgerOf(task)).toEqual(claim.ledger);
    });

    it('stores nothing of a claim under another generation', async () => {
      const task = await stored({ generation: 2 });
      const claim = aClaim(task, { generation: 1, ledger: [aLedgerEntry(task)] });
      expect(await store().runs.open([claim])).toEqual(['stale']);
      expect(await store().runs.get('acme', claim.run!.id)).toBeNull();
      expect(await ledgerOf(task)).toEqual([]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
    });

    it('leaves an existing run and the task alone when the claim has another generation', async () => {
      const task = await stored({ generation: 2 });
      const claim = aClaim(task, { generation: 1, ledger: [aLedgerEntry(task)] });
      await store().runs.insert([claim.run!]);
      expect(await store().runs.open([claim])).toEqual(['stale']);
      expect(await store().runs.get('acme', claim.run!.id)).toEqual(claim.run);
      expect(await ledgerOf(task)).toEqual([]);
      expect(await nextOf(task)).toEqual(task.next);
    });

    it.each([
      ['another next occurrence', { next: { scheduledFor: T0 + 1, dueAt: T0 + 1 } }],
      ['no next occurrence', { next: null, state: 'paused' as const }],
    ])('stores nothing of a claim when the task has %s', async (_, fields) => {
      const task = await stored(fields);
      const claim = aClaim(task, { scheduledFor: T0, ledger: [aLedgerEntry(task)] });
      expect(await store().runs.open([claim])).toEqual(['stale']);
      expect(await store().runs.get('acme', claim.run!.id)).toBeNull();
      expect(await ledgerOf(task)).toEqual([]);
      expect(await store().tasks.get('acme', task.id)).toEqual(task);
    });

    it('replaces a claimed run that an earlier generation left pending, and no other', async () => {
      const task = await stored({ generation: 1 });
      const { organization, id: taskId } = task;
      const runOf = (fields: Partial<Run>) => aRun({ organization, taskId, trigger: 'schedule', ...fields });
      const begun = runOf({ generation: 1, state: 'running', startedAt: T0 });
      const left = runOf({ generation: 1, state: 'pending' });
      const lost = { number: 1, instance: 'instance-0', startedAt: null, finishedAt: T0, outcome: 'lost' as const };
      const takenOver = runOf({ generation: 1, state: 'pending', attempt: 2, attempts: [lost] });
      const backfilled = runOf({ generation: 1, state: 'pending', trigger: 'backfill' });
      await store().runs.insert([left, begun, takenOver, backfilled]);
      const changed = { ...task, generation: 2 };
      await store().tasks.replace(organization, changed, task);
      const again = aClaim(changed, { run: runOf({ id: left.id, owner: 'instance-2', generation: 2 }) });
      expect(await store().runs.open([again])).toEqual(['opened']);
      expect(await store().runs.get(organization, left.id)).toEqual(again.run);
      let { next } = again;
      for (const run of [begun, takenOver, backfilled]) {
        const late = aClaim({ ...changed, next }, { run: runOf({ id: run.id, generation: 2 }) });
        expect(await store().runs.open([late])).toEqual(['taken']);
        expect(await store().runs.get(organization, run.id)).toEqual(run);
        next = late.next;
      }
    });

    it('stores nothing of a claim when the task is gone or belongs to another organization', async () => {
      const gone = aTask();
      const foreign = await stored({ organization: 'umbrella' });
      const claims = [aClaim(gone), aClaim({ ...foreign, organization: 'acme' })];
      expect(await store().runs.open(claims)).toEqual(['stale', 'stale']);
      expect((await store().runs.list('acme', {}, { limit: 10 })).items).toEqual([]);
      expect(await store().tasks.get('umbrella', foreign.id)).toEqual(foreign);
    });

    it('answers in the order of the claims, whatever becomes of each', async () => {
      const tasks = [await stored(), await stored(), await stored(), await stored()];
      const [opened, taken, stale, quiet] = tasks.map((task) => aClaim(task));
      await store().runs.open([taken!]);
      const batch = [{ ...stale!, generation: 8 }, taken!, opened!, { ...quiet!, run: null }];
      expect(await store().runs.open(batch)).toEqual(['stale', 'taken', 'opened', 'opened']);
    });

    it('takes an empty batch and one of 1,200', async () => {
      expect(await store().runs.open([])).toEqual([]);
      const tasks = times(1200, (i) => aTask({ organization: `org-${i % 7}` }));
      await store().tasks.insert(tasks);
      const claims = tasks.map((task) => aClaim(task));
      const results = await store().runs.open(claims.map((claim, i) => (i % 3 ? claim : { ...claim, generation: 2 })));
      expect(results).toEqual(times(1200, (i) => (i % 3 ? 'opened' : 'stale')));
      expect(await store().runs.open(claims)).toEqual(times(1200, (i) => (i % 3 ? 'taken' : 'opened')));
    });

    it('opens the next occurrence after the one before', async () => {
      const task = await stored();
      await store().runs.open([aClaim(task)]);
      const moved = await store().tasks.get('acme', task.id);
      expect(await store().runs.open([aClaim(moved!)])).toEqual(['opened']);
      expect((await nextOf(task))?.scheduledFor).toBe(T0 + 120_000);
    });

    it('opens an occurrence once that a batch claims twice, and the following one after it', async () => {
      const task = await stored();
      const first = aClaim(task, { ledger: [aLedgerEntry(task)] });
      const following = aClaim({ ...task, next: first.next });
      expect(await store().runs.open([first, first, following])).toEqual(['opened', 'taken', 'opened']);
      expect((await nextOf(task))?.scheduledFor).toBe(T0 + 120_000);
      expect(await ledgerOf(task)).toEqual(first.ledger);
    });

    it('keeps the run of an event, with data whose keys mean something to a database', async () => {
      const event = { id: 'e-1', type: 'build.done', data: awkwardJson(), receivedAt: T0 };
      const claim = aClaim(await stored());
      await store().runs.open([
        { ...claim, run: { ...claim.run!, event, retryOf: 'run-0', priority: 0, reason: 'ünïcode' } },
      ]);
      const run = await store().runs.get('acme', claim.run!.id);
      expect(JSON.stringify(run?.event?.data)).toBe(JSON.stringify(event.data));
      expect(run).toMatchObject({
        retryOf: 'run-0',
        priority: 0,
        reason: 'ünïcode',
        event: { id: 'e-1', receivedAt: T0 },
      });
    });

    it('withdraws a run that has not started, while it is as given', async () => {
      const claims = [aClaim(await stored()), aClaim(await stored()), aClaim(await stored())];
      await store().runs.open(claims);
      const [own, lost, started] = claims.map(({ run }) => run!);
      await store().runs.update([aChange(started!, { state: 'running', startedAt: T0 })]);
      const withdrawn = await store().runs.withdraw([
        own!,
        { ...lost!, owner: 'instance-2' },
        { ...lost!, attempt: 2 },
        { ...lost!, owner: null },
        { ...lost!, generation: 2 },
        started!,
        { ...own!, id: 'unknown' },
      ]);
      expect(withdrawn).toEqual(new Set([own!.id]));
      expect(await store().runs.get('acme', own!.id)).toBeNull();
      expect(idsOf((await store().runs.list('acme', {}, { limit: 10 })).items)).toHaveLength(2);
    });

    it('withdraws a run that nobody holds, an empty batch and one of 1,200', async () => {
      expect(await store().runs.withdraw([])).toEqual(new Set());
      const runs = times(1200, () => aRun());
      await store().runs.insert(runs);
      expect(await store().runs.withdraw(runs)).toEqual(new Set(idsOf(runs)));
      expect(await store().runs.withdraw(runs)).toEqual(new Set());
    });

    it('opens an occurrence again that was withdrawn and given back', async () => {
      const task = await stored();
      const claim = aClaim(task);
      await store().runs.open([claim]);
      await store().runs.withdraw([claim.run!]);
      const moved = (await store().tasks.get('acme', task.id))!;
      expect(await store().tasks.replace('acme', { ...task, generation: 2 }, moved)).toBe(true);
      expect(await store().runs.open([{ ...claim, generation: 2 }])).toEqual(['opened']);
    });
  });
}
