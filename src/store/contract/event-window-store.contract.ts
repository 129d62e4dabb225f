import type { EventWindow } from '../../events/windows/event-window.js';
import { shardOf } from '../../domain/shards.js';
import { awkwardJson, nextId, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

let versions = 0;

const aWindow = (fields: Partial<EventWindow> = {}): EventWindow => ({
  id: nextId(),
  organization: 'acme',
  taskId: 't-00',
  trigger: 'ab12',
  key: '"smoke"',
  version: `v-${++versions}`,
  dueAt: T0,
  gathering: {
    events: [{ id: 'e-1', type: 'build', receivedAt: T0, data: { suite: 'smoke' }, kind: 1, descendants: 3 }],
    endsAt: T0 + 500,
  },
  ended: [
    { runId: 'r-1', scheduledFor: T0, events: [{ id: 'e-0', type: 'build', receivedAt: T0, data: null, isCut: true }] },
  ],
  spent: [
    { id: 'e-2', reason: 'replaced' },
    { id: 'e-3', runId: 'r-0' },
  ],
  starts: [{ id: 'e-4', at: T0 - 1 }],
  ...fields,
});
const anew = (window: EventWindow) => ({ window, read: null });
const next = (window: EventWindow, fields: Partial<EventWindow> = {}): EventWindow => ({ ...window, ...fields, version: `v-${++versions}` }); // prettier-ignore

/** The windows of event triggers. */
export function describeEventWindowStore(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);
    const due = (range: object = {}) => store().eventWindows.due({ before: T0 + 1_000_000, limit: 5000, ...range });

    it('gives a window back as it was', async () => {
      const { eventWindows } = store();
      const full = aWindow();
      const awkward = aWindow({
        gathering: { events: [{ id: 'e', type: 'a.b', receivedAt: T0, data: awkwardJson() }], endsAt: T0 },
      });
      const empty = aWindow({ key: null, gathering: null, ended: [], spent: [], starts: [] });
      const ids = idsOf([full, awkward, empty]);
      expect(await eventWindows.write([full, awkward, empty].map(anew))).toEqual(new Set(ids));
      const found = await eventWindows.byIds([...ids, 'unknown']);
      expect(new Set(found)).toEqual(new Set([full, awkward, empty]));
      const data = found.find(({ id }) => id === awkward.id)!.gathering!.events[0]!.data;
      expect(JSON.stringify(data)).toBe(JSON.stringify(awkwardJson()));
    });

    it('writes a window only over the version that was read', async () => {
      const { eventWindows } = store();
      const [first, other] = [aWindow(), aWindow()];
      expect(await eventWindows.write([anew(first)])).toEqual(new Set([first.id]));
      expect(await eventWindows.write([anew(next(first)), anew(other)])).toEqual(new Set([other.id]));
      const second = next(first, { dueAt: T0 + 7, gathering: null });
      expect(await eventWindows.write([{ window: second, read: 'v-0' }])).toEqual(new Set());
      expect(await eventWindows.write([{ window: second, read: first.version }])).toEqual(new Set([first.id]));
      expect(await eventWindows.write([{ window: next(first), read: first.version }])).toEqual(new Set());
      expect(await eventWindows.byIds([first.id])).toEqual([second]);
      expect(await due({ before: T0 + 8 })).toHaveLength(2);
      expect(await eventWindows.write([{ window: aWindow(), read: 'v-0' }])).toEqual(new Set());
    });

    it('lets one of several writers win', async () => {
      const { eventWindows } = store();
      const window = aWindow();
      const births = await Promise.all(times(5, () => eventWindows.write([anew(next(window))])));
      expect(births.filter(({ size }) => size === 1)).toHaveLength(1);
      const [{ version: read }] = (await eventWindows.byIds([window.id])) as [EventWindow];
      const changes = await Promise.all(times(5, () => eventWindows.write([{ window: next(window), read }])));
      expect(changes.filter(({ size }) => size === 1)).toHaveLength(1);
    });

    it('removes and postpones only the version that is meant', async () => {
      const { eventWindows } = store();
      const [kept, gone, later] = [aWindow(), aWindow(), aWindow()];
      await eventWindows.write([kept, gone, later].map(anew));
      await eventWindows.remove([gone, { id: kept.id, version: 'v-0' }]);
      await eventWindows.postpone([later, { id: kept.id, version: 'v-0' }], T0 + 99);
      await eventWindows.remove([]);
      await eventWindows.postpone([], T0);
      const left = await eventWindows.byIds(idsOf([kept, gone, later]));
      expect(new Set(left)).toEqual(new Set([kept, { ...later, dueAt: T0 + 99 }]));
      expect(idsOf(await due({ before: T0 + 99 }))).toEqual([kept.id]);
      expect(await eventWindows.write([anew(next(gone))])).toEqual(new Set([gone.id]));
    });

    it('finds what is due, soonest first, bounded, by shard', async () => {
      const { eventWindows } = store();
      const at = (ms: number, taskId = 't-00') => aWindow({ dueAt: T0 + ms, taskId });
      const [late, early, middle] = [at(30), at(10), at(20, 't-ff')];
      await eventWindows.write([late, early, middle].map(anew));
      expect(await due({ before: T0 + 30 })).toEqual(
        [early, middle].map(({ id, organization, taskId, dueAt }) => ({ id, organization, taskId, dueAt })),
      );
      expect(idsOf(await due({ limit: 2 }))).toEqual(idsOf([early, middle]));
      expect(idsOf(await due({ shards: [shardOf('t-ff')] }))).toEqual([middle.id]);
      expect(await due({ shards: [] })).toEqual([]);
      expect(await due({ before: T0 })).toEqual([]);
    });

    it('finds what is due organization by organization', async () => {
      const { eventWindows } = store();
      const of = (organization: string, ms: number) => aWindow({ organization, dueAt: T0 + ms });
      const crowd = times(30, (index) => of('beta', index));
      await eventWindows.write([of('alpha', 40), ...crowd, of('gamma', 50)].map(anew));
      const turns = (after: string, except: string[] = []) => due({ limit: 10, turns: { after, except } });
      const owners = async (page: ReturnType<typeof turns>) => (await page).map(({ organization }) => organization);
      const first = await turns('');
      expect(first[0]!.organization).toBe('alpha');
      expect(idsOf(first.slice(1))).toEqual(idsOf(crowd.slice(0, 9)));
      expect(await owners(turns('beta'))).toEqual(['gamma']);
      expect(await owners(turns('', ['beta']))).toEqual(['alpha', 'gamma']);
      expect(await owners(turns('gamma'))).toEqual([]);
      expect(idsOf(await due({ before: T0 + 1, limit: 10, turns: { after: '' } }))).toEqual([crowd[0]!.id]);
    });

    it('tells how much an organization holds, up to a number', async () => {
      const { eventWindows } = store();
      const large = { gathering: { endsAt: T0, events: [{ id: 'e', type: 't', receivedAt: T0, data: 'x'.repeat(5000) }] } }; // prettier-ignore
      await eventWindows.write([aWindow(), aWindow(large), aWindow({ taskId: 't-01' })].map(anew));
      await eventWindows.write([anew(aWindow({ organization: 'umbrella' }))]);
      const usage = await eventWindows.usage('acme', 't-00', 100);
      expect([usage.windows, usage.ofTask]).toEqual([3, 2]);
      expect(usage.bytes).toBeGreaterThan(5000);
      expect(usage.bytes < 10_000).toBe(true);
      expect((await eventWindows.usage('acme', 't-00', 2)).windows).toBe(2);
      expect(await eventWindows.usage('nobody', 't-00', 100)).toEqual({ windows: 0, ofTask: 0, bytes: 0 });
    });

    it("lists a task's windows in its organization only, in pages", async () => {
      const { eventWindows, readers } = store();
      const own = times(3, () => aWindow());
      const others = [aWindow({ taskId: 't-01' }), aWindow({ organization: 'umbrella' })];
      await eventWindows.write([...own, ...others].map(anew));
      expect(await readers.eventWindows.ofTask('acme', 't-00', { limit: 10 })).toEqual(own.toReversed());
      expect(idsOf(await eventWindows.ofTask('acme', 't-00', { after: own[1]!.id, limit: 10 }))).toEqual([own[0]!.id]);
      expect(await eventWindows.ofTask('acme', 't-00', { limit: 1 })).toHaveLength(1);
      expect(await eventWindows.ofTask('umbrella', 't-01', { limit: 10 })).toEqual([]);
    });
  });
}
