import type { NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import type { NotificationRecord } from '../../notifications/ports/notification.store.js';
import { firstIdAt } from '../../domain/ids.js';
import { T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf } from './lists.js';

const record = (id: string, fields: Partial<NotificationRecord> = {}): NotificationRecord => ({
  ...{ kind: 'rule', organization: 'acme', id, version: 1, at: T0, body: { name: id, constructor: [1] } },
  ...fields,
});

const delivery = (id: string, fields: Partial<NotificationDelivery> = {}): NotificationDelivery => ({
  id,
  organization: 'acme',
  channel: 'c-1',
  rule: 'r-1',
  version: 1,
  status: 'pending',
  at: T0,
  dueAt: T0,
  takenBy: null,
  alerts: [
    {
      ...{ id: 'a-1', kind: 'failure', at: T0, taskId: 't-1', taskName: 'nightly', runId: 'r-1', text: 'It failed.' },
      ...{ error: { code: 'boom', message: 'no' }, failures: 1 },
    },
  ],
  more: 0,
  heldBack: 0,
  tries: 1,
  attempts: [{ at: T0, durationMs: 5, status: 500, error: 'http-500', body: 'no' }],
  deliveredAt: null,
  ...fields,
});

const ALL = { limit: 100 };
const START = { at: 0, organization: '', id: '' };

/** What is set up and seen of notifications, and what goes out. */
export function describeNotificationStores(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);

    it('keeps the first record of a kind, organization and id, and finds it as it was stored', async () => {
      const { notifications } = store();
      expect(await notifications.insert(record('r-1'))).toBe(true);
      expect(await notifications.insert(record('r-1', { version: 9 }))).toBe(false);
      expect(await notifications.insert(record('r-1', { organization: 'umbrella' }))).toBe(true);
      expect(await notifications.insert(record('r-1', { kind: 'gate' }))).toBe(true);
      expect(await notifications.insert(record('r-2'))).toBe(true);
      expect(await notifications.find('rule', 'acme', ['r-1', 'r-3'])).toEqual([record('r-1')]);
      expect(idsOf(await notifications.find('rule', 'acme', ['r-1', 'r-2'])).sort()).toEqual(['r-1', 'r-2']);
      expect(await notifications.find('rule', 'nobody', ['r-1'])).toEqual([]);
      expect(await notifications.find('rule', 'acme', [])).toEqual([]);
    });

    it('lists and counts the records of an organization', async () => {
      const { notifications } = store();
      for (const id of ['r-1', 'r-3', 'r-2']) await notifications.insert(record(id));
      await notifications.insert(record('r-4', { organization: 'umbrella' }));
      await notifications.insert(record('r-5', { kind: 'channel' }));
      expect(idsOf(await notifications.list('rule', 'acme', { limit: 2 }))).toEqual(['r-3', 'r-2']);
      expect(idsOf(await notifications.list('rule', 'acme', { after: 'r-2', limit: 2 }))).toEqual(['r-1']);
      expect(await notifications.count('rule', 'acme', 100)).toBe(3);
      expect(await notifications.count('rule', 'acme', 2)).toBe(2);
      expect(await notifications.count('health', 'acme', 2)).toBe(0);
    });

    it('replaces the version of a record that was read, and no other', async () => {
      const { notifications } = store();
      await notifications.insert(record('r-1'));
      const second = record('r-1', { version: 2, at: T0 + 1, body: { name: 'b' } });
      expect(await notifications.replace(second, 1)).toBe(true);
      expect(await notifications.replace(record('r-1', { version: 2 }), 1)).toBe(false);
      expect(await notifications.replace(record('r-1', { version: 3, organization: 'umbrella' }), 2)).toBe(false);
      expect(await notifications.find('rule', 'acme', ['r-1'])).toEqual([second]);
      const racing = ['d', 'e', 'f'].map((each) =>
        notifications.replace(record('r-1', { version: 3, body: { name: each } }), 2),
      );
      expect((await Promise.all(racing)).filter(Boolean)).toHaveLength(1);
    });

    it('removes only the record that is named', async () => {
      const { notifications } = store();
      await notifications.insert(record('r-1'));
      expect(await notifications.remove('rule', 'umbrella', 'r-1')).toBe(false);
      expect(await notifications.remove('gate', 'acme', 'r-1')).toBe(false);
      expect(await notifications.remove('rule', 'acme', 'r-1')).toBe(true);
      expect(await notifications.remove('rule', 'acme', 'r-1')).toBe(false);
    });

    it('walks through the records of all organizations, by time, organization and id', async () => {
      const { notifications } = store();
      await notifications.insert(record('r-1', { at: T0 + 5 }));
      await notifications.insert(record('r-2', { organization: 'umbrella' }));
      await notifications.insert(record('r-3'));
      await notifications.insert(record('r-2'));
      await notifications.insert(record('r-9', { kind: 'watch' }));
      const first = await notifications.behind('rule', START, 2);
      expect(idsOf(first)).toEqual(['r-2', 'r-3']);
      const rest = await notifications.behind('rule', first[1]!, 9);
      expect(rest.map(({ organization, id }) => `${organization}/${id}`)).toEqual(['umbrella/r-2', 'acme/r-1']);
      expect(await notifications.behind('rule', rest[1]!, 9)).toEqual([]);
    });

    it('purges the old records of a kind', async () => {
      const { notifications } = store();
      for (const n of [1, 2, 3]) await notifications.insert(record(`r-${n}`, { at: T0 + n }));
      await notifications.insert(record('r-0', { kind: 'watch' }));
      expect(await notifications.purge('rule', T0 + 3, 1)).toBe(1);
      expect(await notifications.purge('rule', T0 + 3, 10)).toBe(1);
      expect(idsOf(await notifications.list('rule', 'acme', ALL))).toEqual(['r-3']);
      expect(await notifications.count('watch', 'acme', 10)).toBe(1);
    });

    it('lists deliveries of an organization, by channel, status and time', async () => {
      const { notificationDeliveries } = store();
      const id = (n: number) => firstIdAt(T0 + n);
      await notificationDeliveries.insert([
        delivery(id(1)),
        delivery(id(2), { channel: 'c-2' }),
        delivery(id(3), { status: 'failed', dueAt: null }),
        delivery(id(4), { organization: 'umbrella' }),
      ]);
      await notificationDeliveries.insert([delivery(id(1), { version: 7 }), delivery(id(5), { dueAt: null })]);
      const list = async (filter: object, page = ALL) =>
        idsOf(await notificationDeliveries.list('acme', filter, page)).map((each) => [1, 2, 3, 4, 5].find((n) => id(n) === each)); // prettier-ignore
      expect(await list({})).toEqual([5, 3, 2, 1]);
      expect(await list({}, { limit: 2 })).toEqual([5, 3]);
      expect(await list({}, { limit: 2, after: id(3) } as typeof ALL)).toEqual([2, 1]);
      expect(await list({ channel: 'c-1' })).toEqual([5, 3, 1]);
      expect(await list({ status: 'failed' })).toEqual([3]);
      expect(await list({ channel: 'c-2', status: 'failed' })).toEqual([]);
      expect(await list({ from: T0 + 2, to: T0 + 5 })).toEqual([3, 2]);
      expect(await list({ from: T0 + 2, to: T0 + 5 }, { limit: 9, after: id(3) } as typeof ALL)).toEqual([2]);
      expect(await notificationDeliveries.find('acme', id(1))).toEqual(delivery(id(1)));
      expect(await notificationDeliveries.find('umbrella', id(1))).toBeNull();
    });

    it('shows what is due, the earliest first, without the channels that are busy', async () => {
      const { notificationDeliveries } = store();
      await notificationDeliveries.insert([
        delivery('d-1', { dueAt: T0 + 2 }),
        delivery('d-2', { dueAt: T0 + 1, organization: 'umbrella', channel: 'c-2' }),
        delivery('d-3', { dueAt: null }),
        delivery('d-4', { dueAt: T0 + 9 }),
      ]);
      expect(idsOf(await notificationDeliveries.due(T0 + 5, 10, []))).toEqual(['d-2', 'd-1']);
      expect(idsOf(await notificationDeliveries.due(T0 + 5, 1, []))).toEqual(['d-2']);
      expect(idsOf(await notificationDeliveries.due(T0 + 5, 10, ['c-2', 'c-3']))).toEqual(['d-1']);
      expect(await notificationDeliveries.due(T0, 10, [])).toEqual([]);
    });

    it('lets one of several take a delivery', async () => {
      const { notificationDeliveries } = store();
      await notificationDeliveries.insert([delivery('d-1')]);
      const taken = ['a', 'b', 'c'].map((takenBy) =>
        notificationDeliveries.replace(delivery('d-1', { version: 2, takenBy, dueAt: T0 + 60_000 }), 1),
      );
      expect((await Promise.all(taken)).filter(Boolean)).toHaveLength(1);
      expect(await notificationDeliveries.due(T0, 10, [])).toEqual([]);
      const done = delivery('d-1', { version: 3, status: 'delivered', dueAt: null, deliveredAt: T0 + 5 });
      expect(await notificationDeliveries.replace(done, 2)).toBe(true);
      expect(await notificationDeliveries.find('acme', 'd-1')).toEqual(done);
      expect(await notificationDeliveries.replace({ ...done, organization: 'umbrella', version: 4 }, 3)).toBe(false);
    });

    it('counts the deliveries of a channel by status, and trims those that wait for nothing', async () => {
      const { notificationDeliveries } = store();
      const held = { status: 'held', dueAt: null } as const;
      await notificationDeliveries.insert([
        delivery('d-1'),
        ...['d-2', 'd-3', 'd-4', 'd-5'].map((id) => delivery(id, held)),
        delivery('d-0', { ...held, channel: 'c-2' }),
      ]);
      expect(await notificationDeliveries.count('acme', 'c-1', 'held', 100)).toBe(4);
      expect(await notificationDeliveries.count('acme', 'c-1', 'held', 3)).toBe(3);
      expect(await notificationDeliveries.count('umbrella', 'c-1', 'held', 3)).toBe(0);
      expect(await notificationDeliveries.trim('acme', 'c-1', 2)).toBe(2);
      expect(await notificationDeliveries.trim('acme', 'c-1', 9)).toBe(0);
      expect(idsOf(await notificationDeliveries.list('acme', {}, ALL))).toEqual(['d-5', 'd-4', 'd-1', 'd-0']);
    });

    it('purges old deliveries', async () => {
      const { notificationDeliveries } = store();
      await notificationDeliveries.insert([1, 2, 3].map((n) => delivery(`d-${n}`, { at: T0 + n })));
      expect(await notificationDeliveries.purge(T0 + 3, 1)).toBe(1);
      expect(await notificationDeliveries.purge(T0 + 3, 10)).toBe(1);
      expect(idsOf(await notificationDeliveries.list('acme', {}, ALL))).toEqual(['d-3']);
    });
  });
}
