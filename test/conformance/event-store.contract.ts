import { describe, expect, it } from '@jest/globals';
import { anEvent, awkwardJson, T0 } from '../support/builders.js';
import type { OpenFixture } from './fixture.js';
import { idsOf, times, withFixture } from './with-fixture.js';

/** Received events, until what they start is stored. */
export function describeEventStore(name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const undispatched = () => store().events.undispatched(T0 + 1_000_000, 5000);

    it('stores an event and gives it back as it was', async () => {
      const events = [anEvent({ data: null }), anEvent({ data: 0 }), anEvent({ data: [{ ok: true }], type: 'a.b' })];
      expect(await store().events.insert(events)).toEqual([]);
      expect(new Set(await undispatched())).toEqual(new Set(events));
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
