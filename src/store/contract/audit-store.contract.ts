import fc from 'fast-check';
import { ENGINE } from '../../audit/actor.js';
import { GENESIS, linked, type AuditDraft, type AuditRecord, type ChainPosition } from '../../audit/audit-entry.js';
import type { AuditFilter, Checkpoint } from '../../audit/audit.store.js';
import { briefly } from '../../audit/counted-outcomes.js';
import { newId } from '../../domain/ids.js';
import { aRun, aTask, nextId, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const draft = (fields: Partial<AuditDraft> = {}): AuditDraft => ({
  id: nextId(),
  organization: 'acme',
  at: T0,
  actor: ENGINE,
  action: 'task.created',
  object: { type: 'task', id: 't1' },
  objects: ['t1'],
  before: null,
  after: { name: 'Zürich "quoted"' },
  ...fields,
});

const checkpoint = (end: ChainPosition, fields: Partial<Checkpoint> = {}): Checkpoint => ({
  organization: 'acme',
  kind: 'head',
  keyId: 'k1',
  at: null,
  broken: null,
  signature: 'f00d',
  sequence: end.sequence,
  hash: end.hash,
  ...fields,
});

const sequences = (records: readonly AuditRecord[]) => records.map(({ sequence }) => sequence);

/** The chains of audit entries. */
export function describeAuditStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const audit = () => store().audit;

    /** Adds one entry for each draft to the end of the chain. */
    const add = async (drafts: AuditDraft[], to = audit()): Promise<AuditRecord[]> => {
      const { organization } = drafts[0]!;
      const records = linked(drafts, (await to.last(organization)) ?? GENESIS);
      expect(await to.append(records, checkpoint(records.at(-1)!, { organization }))).toBe(records.length);
      return records;
    };

    it('knows nothing of an organization without entries', async () => {
      expect(await audit().last('acme')).toBeNull();
      expect(await audit().checkpoint('acme', 'head')).toBeNull();
      expect(await audit().outcomesUntil()).toBeNull();
    });

    it('gives entries back as they were, by organization, and moves the head with them', async () => {
      const records = await add([draft(), draft({ objects: ['t1', 't2'] })]);
      await add([draft({ organization: 'umbrella' })]);
      expect(await audit().chain('acme', {}, 0, 9)).toEqual(records);
      expect(await audit().chain('acme', {}, 1, 9)).toEqual([records[1]]);
      expect(await audit().last('acme')).toEqual(records[1]);
      expect(await audit().checkpoint('acme', 'head')).toEqual(checkpoint(records[1]!));
    });

    it('takes no sequence twice and leaves what is there as it is', async () => {
      const [first] = await add([draft()]);
      const others = linked([draft(), draft()], GENESIS);
      expect(await audit().append(others, checkpoint(others[1]!))).toBe(0);
      expect(await audit().chain('acme', {}, 0, 9)).toEqual([first]);
      expect((await audit().checkpoint('acme', 'head'))!.sequence).toBe(1);
    });

    it('lets one of several writers of a sequence through', async () => {
      const second = await store().reopen();
      const written = await Promise.all(
        times(8, (i) => {
          const records = linked([draft()], GENESIS);
          return (i % 2 ? audit() : second.audit).append(records, checkpoint(records[0]!));
        }),
      );
      expect(written.filter((count) => count === 1)).toHaveLength(1);
      expect(await audit().chain('acme', {}, 0, 9)).toHaveLength(1);
    });

    it('lists by actor, action, object and time, newest first, page by page', async () => {
      const by = (id: string) => ({ ...ENGINE, id });
      await add([
        draft({ actor: by('ann') }),
        draft({ actor: by('bob'), action: 'task.deleted', at: T0 + 10 }),
        draft({ objects: ['t2', 't3'], at: T0 + 20 }),
        draft({ action: 'task.deleted', at: T0 + 30 }),
      ]);
      const found = async (filter: object) => sequences(await audit().list('acme', filter, { limit: 9 }));
      expect(await found({})).toEqual([4, 3, 2, 1]);
      expect(await found({ actor: 'bob' })).toEqual([2]);
      expect(await found({ action: 'task.deleted' })).toEqual([4, 2]);
      expect(await found({ object: 't3' })).toEqual([3]);
      expect(await found({ object: 't1', from: T0 + 10, to: T0 + 30 })).toEqual([2]);
      expect(await found({ action: 'task.deleted', actor: 'nobody' })).toEqual([]);
      expect(sequences(await audit().list('acme', {}, { before: 4, limit: 2 }))).toEqual([3, 2]);
      expect(sequences(await audit().chain('acme', { object: 't1' }, 1, 9))).toEqual([2, 4]);
      expect((await audit().last('acme', 'task.created'))!.sequence).toBe(3);
    });

    it('tells outcomes by their number where a search is brief', async () => {
      const runs = times(3, (index) => ({
        id: `r${index}`,
        state: 'failed',
        scheduledFor: T0 + index,
        finishedAt: T0 + 9,
      }));
      const [record] = await add([draft({ action: 'run.outcomes', after: { to: { at: T0, id: 'r2' }, runs } })]);
      const search = async (isBrief: boolean) =>
        (await store().readers.audit.search('acme', {}, { limit: 5, order: 'newest first', isBrief })).items;
      expect(await search(false)).toEqual([record]);
      expect(await search(true)).toEqual([briefly(record!)]);
      expect(briefly(record!)).not.toEqual(record);
    });

    it('searches by whichever filters, either way, over pages of any size', async () => {
      const by = (id: string) => ({ ...ENGINE, id });
      const drafts = times(120, (index) =>
        draft({
          at: T0 + index * 10 + (index % 4),
          actor: by(['ann', 'bob'][index % 2]!),
          action: ['task.created', 'task.deleted', 'task.paused'][index % 3]!,
          objects: [`t${index % 5}`, 'all'],
        }),
      );
      const records = [...(await add(drafts.slice(0, 60))), ...(await add(drafts.slice(60)))];
      await add([draft({ organization: 'umbrella', actor: by('ann') })]);
      const optional = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
      const filters: fc.Arbitrary<AuditFilter> = fc.record({
        actor: optional('ann', 'bob', 'nobody'),
        action: optional('task.created', 'task.deleted'),
        object: optional('t1', 't4', 'all'),
        from: optional(T0 + 200, T0 + 900),
        to: optional(T0 + 500, T0 + 1000),
      });
      const orders = fc.constantFrom('newest first' as const, 'oldest first' as const);
      const property = fc.asyncProperty(
        filters,
        orders,
        fc.integer({ min: 1, max: 50 }),
        async (filter, order, limit) => {
          const found: number[] = [];
          for (let after: number | undefined; ;) {
            const { items, next } = await store().readers.audit.search('acme', filter, { after, limit, order });
            expect(items.length).toBeLessThanOrEqual(limit);
            found.push(...sequences(items));
            if (next === null) break;
            after = next;
          }
          const { actor, action, object, from = -Infinity, to = Infinity } = filter;
          const fitting = records.filter(
            (record, index) =>
              (actor === undefined || record.actor === actor) &&
              (action === undefined || record.action === action) &&
              (object === undefined || record.objects.includes(object)) &&
              drafts[index]!.at >= from &&
              drafts[index]!.at < to,
          );
          const expected = sequences(fitting);
          expect(found).toEqual(order === 'newest first' ? expected.reverse() : expected);
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });

    it('removes what lies before a base, and moves no checkpoint back', async () => {
      const records = await add(times(4, (i) => draft({ at: T0 + i })));
      expect(await audit().organizationsBefore(T0, 9)).toEqual([]);
      expect(await audit().organizationsBefore(T0 + 1, 9)).toEqual(['acme']);
      await add([draft({ organization: 'umbrella', at: T0 + 1 })]);
      expect(await audit().organizationsBefore(T0 + 9, 9)).toEqual(['acme', 'umbrella']);
      expect(await audit().organizationsBefore(T0 + 9, 1)).toEqual(['acme']);
      expect(await audit().organizationsBefore(T0 + 9, 1, ['acme'])).toEqual(['umbrella']);
      expect(await audit().organizationsBefore(T0 + 9, 9, ['acme', 'umbrella'])).toEqual([]);
      const base = checkpoint(records[1]!, { kind: 'base' });
      await audit().removeUpTo(base);
      expect(sequences(await audit().chain('acme', {}, 0, 9))).toEqual([3, 4]);
      expect(await audit().list('acme', { object: 't1' }, { limit: 9 })).toHaveLength(2);
      await audit().putCheckpoint(checkpoint(records[0]!, { kind: 'base' }));
      expect(await audit().checkpoint('acme', 'base')).toEqual(base);
    });

    it('keeps seals, and what checkpoints say beside their position', async () => {
      const records = linked([draft(), draft()], GENESIS, (hash) => `k1.${hash.slice(0, 8)}`);
      const head = checkpoint(records[1]!, { at: T0 });
      expect(await audit().append(records, head)).toBe(2);
      const base = checkpoint(records[0]!, { kind: 'base', at: T0, broken: { sequence: 1, reason: 'altered' } });
      const birth = checkpoint(records[0]!, { kind: 'birth', at: T0 + 1 });
      for (const each of [base, birth]) await audit().putCheckpoint(each);
      expect(await audit().chain('acme', {}, 0, 9)).toEqual(records);
      const all = await audit().checkpoints('acme');
      expect(all.sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([base, birth, head]);
      expect(await audit().checkpoint('acme', 'birth')).toEqual(birth);
      expect(await audit().checkpoints('umbrella')).toEqual([]);
      expect(await audit().checkpointsNotUnder('k2', 9)).toHaveLength(3);
      await add([draft({ organization: 'umbrella' })]);
      const heads = await audit().heads('', 9);
      expect(heads.map(({ organization, kind }) => [organization, kind])).toEqual([
        ['acme', 'head'],
        ['umbrella', 'head'],
      ]);
      expect(heads[0]).toEqual(head);
      expect([await audit().heads('', 1), await audit().heads('acme', 9)]).toEqual([[heads[0]], [heads[1]]]);
    });

    it('takes entries at any free sequences, whatever stands behind them', async () => {
      await add([draft()]);
      const far = linked([draft()], { sequence: 2 ** 50, hash: 'ab' });
      const near = linked([draft()], { sequence: 1, hash: 'ab' });
      expect(await audit().append(far, checkpoint(near[0]!))).toBe(1);
      expect(await audit().append(near, checkpoint(near[0]!))).toBe(1);
      expect(sequences(await audit().list('acme', {}, { before: 2 ** 50, limit: 1 }))).toEqual([2]);
    });

    it('knows whether an organization has tasks from before an instant', async () => {
      await store().tasks.insert([aTask({ organization: 'acme', id: newId(T0) })]);
      expect(await audit().hasTaskBefore('acme', T0)).toBe(false);
      expect(await audit().hasTaskBefore('acme', T0 + 1)).toBe(true);
      expect(await audit().hasTaskBefore('umbrella', T0 + 1)).toBe(false);
    });

    it('signs checkpoints anew that are under another key', async () => {
      const [record] = await add([draft()]);
      expect(await audit().checkpointsNotUnder('k1', 9)).toEqual([]);
      expect(await audit().checkpointsNotUnder('k2', 9)).toEqual([checkpoint(record!)]);
      await audit().putCheckpoint(checkpoint(record!, { keyId: 'k2' }));
      expect(await audit().checkpointsNotUnder('k2', 9)).toEqual([]);
    });

    it('reads finished runs in the order of their ends, after a position', async () => {
      const ended = (id: string, finishedAt: number) =>
        aRun({ id, state: 'succeeded', finishedAt, startedAt: T0, attempt: 1 });
      await store().runs.insert([ended('b', T0 + 5), ended('a', T0 + 5), ended('c', T0 + 9), aRun()]);
      const begin = { at: 0, id: '' };
      const told = async (after: { at: number; id: string }, before: number, limit = 9) =>
        (await audit().outcomes(after, before, limit)).map(({ id }) => id);
      expect(await told(begin, T0 + 99)).toEqual(['a', 'b', 'c']);
      expect(await told(begin, T0 + 9)).toEqual(['a', 'b']);
      expect(await told({ at: T0 + 5, id: 'a' }, T0 + 99, 1)).toEqual(['b']);
      expect(await audit().nextOutcomeAt(begin)).toBe(T0 + 5);
      expect(await audit().nextOutcomeAt({ at: T0 + 5, id: 'b' })).toBe(T0 + 9);
      expect(await audit().nextOutcomeAt({ at: T0 + 9, id: 'c' })).toBeNull();
      expect((await audit().outcomes({ at: T0 + 5, id: 'b' }, T0 + 99, 9))[0]).toEqual({
        ...{ organization: 'acme', id: 'c', taskId: 'task-1', trigger: 'manual', state: 'succeeded' },
        ...{ scheduledFor: T0, startedAt: T0, finishedAt: T0 + 9, attempt: 1 },
      });
      await audit().moveOutcomes({ at: T0, id: 'x' });
      await audit().moveOutcomes({ at: T0 + 5, id: 'b' });
      expect(await audit().outcomesUntil()).toEqual({ at: T0 + 5, id: 'b' });
    });
  });
}
