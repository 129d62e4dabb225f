import type { StoredEvent } from '../../events/event.store.js';
import { MOST_READ_BYTES } from '../../scheduling/ports/task-pages.js';
import { anEvent, awkwardJson, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

/** Received events, kept until the runs they start are stored. */
export function describeEventStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const undispatched = () => store().events.undispatched(T0 + 1_000_000, 5000);

    it('stores an event and gives it back as it was', async () => {
      const events = [anEvent({ data: null }), anEvent({ data: 0 }), anEvent({ data: [{ ok: true }], type: 'a.b' })];
      expect(await store().events.insert(events)).toEqual([]);
      expect(new Set(await undispatched())).toEqual(new Set(events));
    });

    it('keeps who sent an event, and the digest of what came in', async () => {
      const event = anEvent({ source: '/builds/7', digest: 'ab'.repeat(32) });
      expect(await store().events.insert([event])).toEqual([]);
      expect(await store().events.insert([{ ...event, digest: 'cd'.repeat(32) }])).toEqual([event]);
      expect(await undispatched()).toEqual([event]);
    });

    it('keeps where in a trace an event came from', async () => {
      const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };
      const event = anEvent({ trace });
      await store().events.insert([event, anEvent()]);
      expect(await store().events.get(event.organization, event.id)).toMatchObject({ trace });
      expect((await undispatched()).filter((each) => each.trace)).toEqual([event]);
    });

    it('keeps data whose keys or values mean something to a database', async () => {
      await store().events.insert([anEvent({ data: awkwardJson() })]);
      expect(JSON.stringify((await undispatched())[0]?.data)).toBe(JSON.stringify(awkwardJson()));
    });

    it('answers a known id with the event as it was stored first', async () => {
      const [known, fresh] = [anEvent({ id: 'delivery-1' }), anEvent()];
      await store().events.insert([known]);
      await store().events.markDispatched([known]);
      const again = { ...known, data: 'other', receivedAt: T0 + 99 };
      expect(await store().events.insert([fresh, again])).toEqual([{ ...known, dispatched: true }]);
      expect(await undispatched()).toEqual([fresh]);
    });

    it('knows an id in its own organization only', async () => {
      const [ours, theirs] = [anEvent({ id: 'same' }), anEvent({ id: 'same', organization: 'umbrella' })];
      expect(await store().events.insert([ours])).toEqual([]);
      expect(await store().events.insert([theirs])).toEqual([]);
      await store().events.markDispatched([theirs]);
      expect(await undispatched()).toEqual([ours]);
    });

    it('finds what is not dispatched over all organizations, oldest first, bounded', async () => {
      const at = (ms: number, organization = 'acme') => anEvent({ receivedAt: T0 + ms, organization });
      const [late, early, middle, tooLate, done] = [at(30), at(10), at(20, 'umbrella'), at(40), at(5)];
      await store().events.insert([late, early, middle, tooLate, done]);
      await store().events.markDispatched([done]);
      expect(await store().events.undispatched(T0 + 40, 10)).toEqual([early, middle, late]);
      expect(await store().events.undispatched(T0 + 40, 2)).toEqual([early, middle]);
      expect(await store().events.undispatched(T0 + 10, 10)).toEqual([]);
    });

    it('takes empty batches, unknown ids and batches of 1,200', async () => {
      expect(await store().events.insert([])).toEqual([]);
      await store().events.markDispatched([]);
      await store().events.markDispatched([anEvent()]);
      const events = times(1200, () => anEvent());
      expect(await store().events.insert(events)).toEqual([]);
      expect(idsOf(await store().events.insert(events)).sort()).toEqual(idsOf(events).sort());
      await store().events.markDispatched(events.slice(1));
      expect(await undispatched()).toEqual([events[0]]);
    });

    it('puts off what could not be dispatched until an instant, or gives it up, and remembers why', async () => {
      const [first, second] = [anEvent(), anEvent({ receivedAt: T0 + 1 })];
      await store().events.insert([first, second]);
      await store().events.putOff(first, 'the moon is down', T0 + 500);
      expect(await store().events.undispatched(T0 + 500, 10)).toEqual([second]);
      const put = { ...first, tries: 1, failure: 'the moon is down' };
      expect(await store().events.undispatched(T0 + 501, 10)).toEqual(expect.arrayContaining([second, put]));
      expect(await store().events.insert([first])).toEqual([put]);
      await store().events.putOff(first, 'it is still down', null);
      expect(await undispatched()).toEqual([second]);
      const given = { ...first, tries: 2, failure: 'it is still down', dispatched: true };
      expect(await store().events.insert([first])).toEqual([given]);
      await store().events.putOff(first, 'too late', T0);
      expect(await store().events.insert([first])).toEqual([given]);
      await store().events.putOff(second, 'for once', T0 + 2);
      await store().events.markDispatched([first, second]);
      const [a, b] = await store().events.insert([first, second]);
      expect([a, b].map((event) => [event!.dispatched, event!.failure])).toEqual([
        [true, undefined],
        [true, undefined],
      ]);
    });

    it('keeps what came of an event, and what comes later in its place, within its bounds', async () => {
      const [event, other] = [anEvent({ data: { a: 1 }, source: '/s' }), anEvent({ organization: 'umbrella' })];
      await store().events.insert([event, { ...other, id: event.id }]);
      const { id } = event;
      expect(await store().events.get('acme', id)).toEqual({ outcome: { runs: [], left: [] }, ...event });
      await store().events.amend('acme', [id, 'unknown'], { runs: [{ taskId: 'w', runId: 'r-w' }], left: [] });
      const left = [
        { taskId: 'f', reason: 'filter' as const },
        { taskId: 'w', reason: 'waiting' as const, until: T0 + 5 },
        { taskId: 'x', reason: 'waiting' as const, until: T0 + 9 },
      ];
      const outcome = { runs: [{ taskId: 't', runId: 'r' }], left };
      await store().events.markDispatched([{ organization: 'acme', id, outcome }]);
      const { outcome: first } = (await store().events.get('acme', id))!;
      expect(new Set(first.runs)).toEqual(new Set([{ taskId: 't', runId: 'r' }, { taskId: 'w', runId: 'r-w' }])); // prettier-ignore
      expect(new Set(first.left)).toEqual(new Set([left[0], left[2]]));
      const change = { runs: [], left: [{ taskId: 'x', reason: 'changed' as const }] };
      await store().events.amend('acme', [id], change);
      await store().events.amend('acme', [id], change);
      const record = (await store().readers.events.get('acme', id))!;
      expect(new Set(record.outcome.left)).toEqual(new Set([left[0], change.left[0]]));
      expect(record).toEqual({ ...event, dispatched: true, outcome: record.outcome });
      expect((await store().events.get('umbrella', id))!.outcome).toEqual({ runs: [], left: [] });
      expect(await store().events.get('acme', 'unknown')).toBeNull();
      const many = times(150, (n) => ({ taskId: `t-${n}`, runId: `r-${n}` }));
      await store().events.amend('acme', [id], { runs: many, left: [] });
      expect((await store().events.get('acme', id))!.outcome).toMatchObject({ isRunsCut: true, runs: { length: 100 } });
    });

    it('keeps what came of several events together, also of one that has an outcome, twice or not at all', async () => {
      const [fresh, amended, plain] = [anEvent(), anEvent(), anEvent()];
      await store().events.insert([fresh, amended, plain]);
      await store().events.amend('acme', [amended.id], { runs: [{ taskId: 'w', runId: 'r-w' }], left: [] });
      const of = (event: StoredEvent, taskId: string) => ({
        ...{ organization: 'acme', id: event.id },
        outcome: { runs: [{ taskId, runId: `r-${taskId}` }], left: [] },
      });
      const { organization, id } = plain;
      const told = [of(fresh, 'a'), of(amended, 'b'), of(fresh, 'a'), { organization, id }, of(anEvent(), 'c')];
      await store().events.markDispatched(told);
      const tasksOf = async (event: StoredEvent) => {
        const { outcome, dispatched } = (await store().events.get('acme', event.id))!;
        return [dispatched, outcome.runs.map(({ taskId }) => taskId).sort()];
      };
      expect(await tasksOf(fresh)).toEqual([true, ['a']]);
      expect(await tasksOf(amended)).toEqual([true, ['b', 'w']]);
      expect(await tasksOf(plain)).toEqual([true, []]);
    });

    it('reads of large events that are not dispatched as many as may be in memory together', async () => {
      const text = 'x'.repeat(1_000_000);
      const events = times(12, (n) => anEvent({ data: { n, text }, receivedAt: T0 + n }));
      for (const event of events) await store().events.insert([event]);
      const found = await store().events.undispatched(T0 + 1000, 100);
      expect(found.length * text.length < MOST_READ_BYTES + 2 * text.length).toBe(true);
      expect(found.map(({ id }) => id)).toEqual(events.slice(0, found.length).map(({ id }) => id));
      expect(found.length > 0).toBe(true);
      await store().events.markDispatched(found);
      const [next] = await store().events.undispatched(T0 + 1000, 100);
      expect(next).toEqual(events[found.length]);
    });

    it('says which of some events are not dispatched', async () => {
      const [done, open_, theirs] = [anEvent(), anEvent(), anEvent({ organization: 'umbrella' })];
      await store().events.insert([done, open_, theirs]);
      await store().events.markDispatched([done]);
      const asked = [done.id, open_.id, theirs.id, 'unknown'];
      expect(await store().events.undispatchedAmong('acme', asked)).toEqual(new Set([open_.id]));
      expect(await store().events.undispatchedAmong('acme', [])).toEqual(new Set());
    });

    it('lists the events of an organization, newest first, by type, source and time, without their data', async () => {
      const at = (ms: number, more = {}) => anEvent({ receivedAt: T0 + ms, ...more });
      const events = [at(1, { type: 'a' }), at(2, { type: 'b', source: '/s' }), at(3, { type: 'a', source: '/s' }), at(4)]; // prettier-ignore
      await store().events.insert([...events, at(5, { organization: 'umbrella' })]);
      const list = async (filter = {}, page = {}) => {
        const { items, next } = await store().readers.events.list('acme', filter, { limit: 10, ...page });
        return { times: items.map(({ receivedAt }) => receivedAt - T0), items, next };
      };
      const all = await list();
      expect([all.times, all.next]).toEqual([[4, 3, 2, 1], null]);
      expect(all.items.some((item) => 'data' in item)).toBe(false);
      expect((await list({ type: 'a' })).times).toEqual([3, 1]);
      expect((await list({ source: '/s' })).times).toEqual([3, 2]);
      expect((await list({ from: T0 + 2, to: T0 + 4 })).times).toEqual([3, 2]);
      const first = await list({}, { limit: 3 });
      expect(first.times).toEqual([4, 3, 2]);
      expect((await list({}, { limit: 3, after: first.next! })).times).toEqual([1]);
      expect((await list({ from: T0 + 2 }, { limit: 3, after: first.next! })).times).toEqual([]);
    });

    it('purges dispatched events received before an instant, and no more than asked', async () => {
      const old = times(3, () => anEvent());
      const [open_, recent] = [anEvent(), anEvent({ receivedAt: T0 + 1 })];
      await store().events.insert([...old, open_, recent]);
      await store().events.markDispatched([...old, recent]);
      expect(await store().events.purge(T0 + 1, 2)).toBe(2);
      expect(await store().events.purge(T0 + 1, 10)).toBe(1);
      expect(await store().events.purge(T0 + 1, 10)).toBe(0);
      expect(await undispatched()).toEqual([open_]);
      expect(await store().events.insert([recent])).toHaveLength(1);
      expect(await store().events.insert([old[0]!])).toEqual([]);
    });
  });
}
