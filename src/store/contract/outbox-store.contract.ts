import type { Telling, Told } from '../../domain/telling.js';
import { changeOf } from '../../scheduling/ports/run.store.js';
import type { Stores } from '../../storage/ports.js';
import { progressOf } from '../../scheduling/planning/run-progress.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import { aClaim, aLedgerEntry, aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const body = (id: string, more = '') => JSON.stringify({ id, more });
const alone = (id: string, more?: string): Told => ({ subject: null, body: body(id, more) });

function telling(sequence: number, messages: readonly Told[], fields: Partial<Telling> = {}): Telling {
  return { stream: 'i', sequence, at: T0 + sequence, consumers: { mail: messages.length }, messages, ...fields };
}

const page = (after = 0, bytes = 1_000_000) => ({ after, bytes, now: T0 + 1000 });
const idsIn = (messages: readonly string[]): string[] =>
  messages.map((each) => (JSON.parse(each) as { id: string }).id);

async function toldIn({ outbox }: Pick<Stores, 'outbox'>, stream = 'i', after = 0): Promise<string[]> {
  return (await outbox.read(stream, page(after))).flatMap(({ messages }) => idsIn(messages));
}

/** What is told of changes, and how far consumers have got. */
export function describeOutboxStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('keeps what stands by itself, stream by stream and in order', async () => {
      const { outbox } = store();
      await outbox.append([telling(2, [alone('c')]), telling(1, [alone('a'), alone('b')])]);
      await outbox.append([
        telling(1, [alone('again')]),
        telling(12, [alone('d')]),
        telling(1, [alone('e')], { stream: 'j' }),
      ]);
      await outbox.append([]);
      expect(await outbox.streams()).toEqual(['i', 'j']);
      expect(await toldIn(store())).toEqual(['a', 'b', 'c', 'd']);
      expect(await toldIn(store(), 'i', 2)).toEqual(['d']);
      expect(await toldIn(store(), 'j')).toEqual(['e']);
      expect(await toldIn(store(), 'nobody')).toEqual([]);
      const [first] = await outbox.read('i', page());
      expect(first).toEqual({
        stream: 'i',
        sequence: 1,
        at: T0 + 1,
        consumers: { mail: 2 },
        messages: [body('a'), body('b')],
      });
    });

    it('reads as much as fits, and at least one', async () => {
      const { outbox } = store();
      await outbox.append(times(5, (index) => telling(index + 1, [alone(`m${index}`, 'x'.repeat(1000))])));
      const sequences = async (after: number, bytes: number) =>
        (await outbox.read('i', page(after, bytes))).map(({ sequence }) => sequence);
      expect(await sequences(0, 1)).toEqual([1]);
      expect(await sequences(0, 2500)).toEqual([1, 2]);
      expect(await sequences(3, 10_000)).toEqual([4, 5]);
      expect(await sequences(5, 10_000)).toEqual([]);
    });

    it('tells of the changes of runs that were made, and of no others', async () => {
      const { runs } = store();
      const [held, lost, known, fresh] = [
        aRun({ owner: 'i', attempt: 1 }),
        aRun({ owner: 'j', attempt: 2 }),
        aRun(),
        aRun(),
      ];
      await runs.insert([held, lost, known]);
      const ended = { state: 'skipped', finishedAt: T0 + 5 } as const;
      const of = (run: typeof held, id: string, fields: Partial<Told> = {}): Told => ({
        ...{ subject: run.id, run: { attempt: 1, end: { state: 'skipped', at: T0 + 5 } }, body: body(id) },
        ...fields,
      });
      const changes = [held, lost].map((run) =>
        changeOf({ ...run, owner: 'i', attempt: 1 }, { ...progressOf(run), ...ended, owner: 'i' }),
      );
      const messages = [of(held, 'begun', { run: { attempt: 0 } }), of(held, 'ended'), of(lost, 'not ours')];
      expect(await runs.update(changes, [telling(1, messages)])).toEqual(new Set([held.id]));
      const inserted = [known, fresh].map((run) => ({ ...run, ...ended }));
      await runs.insert(inserted, [telling(2, [of(known, 'known'), of(fresh, 'fresh')])]);
      expect(await toldIn(store())).toEqual(['begun', 'ended', 'fresh']);
    });

    it('tells of an attempt that is under way, has ended or was followed by another, and of none that was not made', async () => {
      const { runs } = store();
      const run = aRun({ owner: 'i', attempt: 2 });
      await runs.insert([run]);
      const attempt = { number: 2, instance: 'i', startedAt: T0, finishedAt: T0 + 1, outcome: 'failed' as const };
      const begins = (number: number): Told => ({
        subject: run.id,
        run: { attempt: number },
        body: body(`a${number}`),
      });
      const running = { ...progressOf(run), state: 'running' as const, startedAt: T0 };
      await runs.update([changeOf(run, running)], [telling(1, [begins(2)])]);
      const next = { ...running, state: 'retrying' as const, attempt: 3, attempts: [attempt] };
      await runs.update([changeOf(run, next)], [telling(2, [begins(2)])]);
      await runs.update([changeOf(run, next)], [telling(3, [begins(4)])]);
      expect(await toldIn(store())).toEqual(['a2', 'a2']);
    });

    it('tells of the changes of tasks that were made, and of no others', async () => {
      const { tasks } = store();
      const [task, known, gone] = [aTask(), aTask(), aTask()];
      const of = ({ id, generation }: typeof task, what: string, is?: 'there' | 'gone'): Told => ({
        ...{ subject: id, task: { generation, ...(is && { is }) }, body: body(what) },
      });
      await tasks.insert([known]);
      const created = [of(task, 'created', 'there'), of(gone, 'gone', 'there'), of(known, 'known', 'there')];
      await tasks.insert([task, gone], [telling(1, created.slice(0, 2))]);
      const changed = { ...task, generation: 2 };
      expect(await tasks.replace('acme', changed, task, [], [telling(2, [of(changed, 'changed')])])).toBe(true);
      const late = { ...task, generation: 9 };
      expect(await tasks.replace('acme', late, task, [], [telling(3, [of(late, 'too late')])])).toBe(false);
      expect(await tasks.remove('acme', known.id, 7, [telling(4, [of(known, 'not removed', 'gone')])])).toBe(false);
      expect(await toldIn(store())).toEqual(['created', 'gone', 'changed']);
      expect(await tasks.remove('acme', gone.id, 1, [telling(5, [of(gone, 'removed', 'gone')])])).toBe(true);
      expect(await toldIn(store(), 'i', 4)).toEqual(['removed']);
    });

    it('tells of missed occurrences whose claim or change was stored, and of no others', async () => {
      const { tasks, runs } = store();
      const [task, stale, changed] = [aTask(), aTask(), aTask()];
      await tasks.insert([task, stale, changed]);
      const of = ({ id }: typeof task, what: string, fields: Partial<LedgerEntry> = {}): Told => {
        const { from, to, outcome } = aLedgerEntry(task, { outcome: 'missed', ...fields });
        return { subject: id, ledger: { from, to, outcome }, body: body(what) };
      };
      const claims = [
        aClaim(task, { ledger: [aLedgerEntry(task, { outcome: 'missed' })], run: null }),
        aClaim(stale, { ledger: [aLedgerEntry(stale, { outcome: 'missed' })], run: null, generation: 9 }),
      ];
      const messages = [of(task, 'missed'), of(stale, 'stale')];
      expect(await runs.open(claims, [telling(1, messages)])).toEqual(['opened', 'stale']);
      const entry = aLedgerEntry(changed, { outcome: 'coalesced' });
      const after = { ...changed, generation: 2 };
      const coalesced = [telling(2, [of(changed, 'changed', { outcome: 'coalesced' })])];
      expect(await tasks.replace('acme', after, changed, [entry], coalesced)).toBe(true);
      const late = [telling(3, [of(changed, 'too late', { from: T0 })])];
      expect(await tasks.replace('acme', after, changed, [{ ...entry, from: T0 }], late)).toBe(false);
      expect(await toldIn(store())).toEqual(['missed', 'changed']);
    });

    it('notes how far each consumer has got, which only grows, and deletes what all have', async () => {
      const { outbox } = store();
      await outbox.append(
        times(4, (index) => telling(index + 1, [alone(`m${index + 1}`)], { consumers: { mail: 1, bus: 1 } })),
      );
      await outbox.settle('i', { mail: 3, bus: 1 }, 1);
      await outbox.settle('i', { mail: 2 }, 1);
      expect(await outbox.marks('i')).toEqual({ mail: 3, bus: 1 });
      expect(await outbox.marks('j')).toEqual({});
      expect(await toldIn(store())).toEqual(['m2', 'm3', 'm4']);
      await outbox.settle('i', { bus: 2 }, 0);
      await outbox.prune('i');
      expect(await toldIn(store())).toEqual(['m3', 'm4']);
      await outbox.settle('i', { mail: 4, bus: 4 }, 0);
      await outbox.prune('i');
      expect(await outbox.streams()).toEqual([]);
      expect(await outbox.marks('i')).toEqual({});
    });

    it('keeps what waits for a consumer of which nothing is known', async () => {
      const { outbox } = store();
      await outbox.append([telling(1, [alone('a')], { consumers: { mail: 1, gone: 1 } }), telling(2, [alone('b')])]);
      await outbox.settle('i', { mail: 2 }, 0);
      await outbox.prune('i');
      expect(await toldIn(store())).toEqual(['a']);
    });

    it('gives up the oldest, and counts what is lost by it', async () => {
      const { outbox } = store();
      expect(await outbox.size()).toEqual({ bytes: 0, oldest: null });
      await outbox.append([
        telling(2, [alone('b')]),
        telling(1, [alone('a')]),
        telling(1, [alone('c')], { stream: 'j', at: T0 + 9 }),
      ]);
      const bytes = body('a').length;
      expect(await outbox.size()).toEqual({ bytes: 3 * bytes, oldest: T0 + 1 });
      const heads = await outbox.oldest(2);
      expect(heads).toEqual(
        [1, 2].map((sequence) => ({ stream: 'i', sequence, at: T0 + sequence, bytes, consumers: { mail: 1 } })),
      );
      await outbox.giveUp(heads, { mail: 2 });
      await outbox.giveUp([], { mail: 1, bus: 5 });
      expect(await outbox.losses()).toEqual({ mail: 3, bus: 5 });
      expect(await outbox.size()).toEqual({ bytes, oldest: T0 + 9 });
    });
  });
}
