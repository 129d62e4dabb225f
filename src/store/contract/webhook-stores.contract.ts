import type { DeliveryResult, WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import type { WebhookSource } from '../../webhooks/webhook-source.js';
import { T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf } from './lists.js';

const aSource = (id: string, fields: Partial<WebhookSource> = {}): WebhookSource => ({
  id,
  organization: 'acme',
  version: 1,
  name: 'CI',
  enabled: true,
  scheme: { type: 'hmac', header: 'x-signature', algorithm: 'sha512', encoding: 'base64', prefix: '' },
  event: null,
  mapping: { type: { header: 'x-event' }, data: { constructor: 'a.b' }, headers: ['x-run'] },
  secrets: [{ id: 's-1', sealed: 'w1.key.iv.text', createdAt: T0, endsAt: null }],
  createdBy: 'ann',
  createdAt: T0,
  updatedAt: T0,
  ...fields,
});

const delivery = (id: string, fields: Partial<WebhookDelivery> = {}): WebhookDelivery => ({
  id,
  organization: 'acme',
  source: 'w-1',
  at: T0,
  result: 'accepted',
  reason: null,
  detail: null,
  status: 202,
  count: 1,
  messageId: 'm-1',
  eventId: 'e-1',
  eventType: 'build',
  size: 12,
  address: '192.0.2.1',
  replayOf: null,
  request: { body: 'e30=', contentType: 'application/json', headers: { 'x-event': 'build' } },
  ...fields,
});

const OURS = { organization: 'acme', source: 'w-1' };
const ALL = { limit: 100 };

/** Webhook sources, and what came in at them. */
export function describeWebhookStores(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);

    it('finds sources of every organization as they were stored, and keeps the first of an id', async () => {
      const { webhookSources } = store();
      expect(await webhookSources.insert(aSource('w-1'))).toBe(true);
      expect(await webhookSources.insert(aSource('w-1', { name: 'another' }))).toBe(false);
      expect(await webhookSources.insert(aSource('w-2', { organization: 'umbrella' }))).toBe(true);
      expect(await webhookSources.find('w-1')).toEqual(aSource('w-1'));
      expect((await webhookSources.find('w-2'))?.organization).toBe('umbrella');
      expect(await webhookSources.find('w-3')).toBeNull();
    });

    it("lists and counts an organization's sources, and pages through all", async () => {
      const { webhookSources } = store();
      for (const id of ['w-1', 'w-3', 'w-2']) await webhookSources.insert(aSource(id));
      await webhookSources.insert(aSource('w-4', { organization: 'umbrella' }));
      expect(idsOf(await webhookSources.list('acme', { limit: 2 }))).toEqual(['w-3', 'w-2']);
      expect(idsOf(await webhookSources.list('acme', { after: 'w-2', limit: 2 }))).toEqual(['w-1']);
      expect(await webhookSources.count('acme', 100)).toBe(3);
      expect(await webhookSources.count('acme', 2)).toBe(2);
      expect(await webhookSources.count('nobody', 2)).toBe(0);
      expect(idsOf(await webhookSources.page('', 3))).toEqual(['w-1', 'w-2', 'w-3']);
      expect(idsOf(await webhookSources.page('w-3', 3))).toEqual(['w-4']);
    });

    it('replaces the version that was read, and no other', async () => {
      const { webhookSources } = store();
      await webhookSources.insert(aSource('w-1'));
      expect(await webhookSources.replace(aSource('w-1', { version: 2, name: 'b' }), 1)).toBe(true);
      expect(await webhookSources.replace(aSource('w-1', { version: 2, name: 'c' }), 1)).toBe(false);
      expect(await webhookSources.replace(aSource('w-1', { version: 3, organization: 'umbrella' }), 2)).toBe(false);
      expect(await webhookSources.find('w-1')).toEqual(aSource('w-1', { version: 2, name: 'b' }));
      const racing = ['d', 'e', 'f'].map((each) => webhookSources.replace(aSource('w-1', { version: 3, name: each }), 2)); // prettier-ignore
      expect((await Promise.all(racing)).filter(Boolean)).toHaveLength(1);
    });

    it('removes only what is in the organization', async () => {
      const { webhookSources } = store();
      await webhookSources.insert(aSource('w-1'));
      expect(await webhookSources.remove('umbrella', 'w-1')).toBe(false);
      expect(await webhookSources.remove('acme', 'w-1')).toBe(true);
      expect(await webhookSources.remove('acme', 'w-1')).toBe(false);
      expect(await webhookSources.find('w-1')).toBeNull();
    });

    it('shows deliveries of one source of the organization, newest first, by result', async () => {
      const { webhookDeliveries } = store();
      await webhookDeliveries.insert([
        delivery('d-1'),
        delivery('d-2', { result: 'refused', reason: 'signature', status: 401, request: null }),
        delivery('d-3'),
        delivery('d-4', { source: 'w-2' }),
        delivery('d-5', { organization: 'umbrella' }),
      ]);
      await webhookDeliveries.insert([delivery('d-1', { status: 400 }), delivery('d-6')]);
      expect(idsOf(await webhookDeliveries.list(OURS, ALL))).toEqual(['d-6', 'd-3', 'd-2', 'd-1']);
      expect(idsOf(await webhookDeliveries.list(OURS, { after: 'd-3', limit: 1 }))).toEqual(['d-2']);
      expect(idsOf(await webhookDeliveries.list(OURS, ALL, 'refused'))).toEqual(['d-2']);
      expect(await webhookDeliveries.find(OURS, 'd-1')).toEqual(delivery('d-1'));
      expect(await webhookDeliveries.find({ ...OURS, organization: 'umbrella' }, 'd-1')).toBeNull();
      expect(await webhookDeliveries.find({ ...OURS, source: 'w-2' }, 'd-1')).toBeNull();
    });

    it('trims a source by number and by bytes, each result by itself', async () => {
      const { webhookDeliveries } = store();
      const ids = ['d-1', 'd-2', 'd-3', 'd-4'];
      const results: DeliveryResult[] = ['accepted', 'refused'];
      for (const result of results)
        await webhookDeliveries.insert(ids.map((id) => delivery(`${id}-${result}`, { result })));
      await webhookDeliveries.insert([delivery('d-0', { source: 'w-2' })]);
      expect(await webhookDeliveries.trim(OURS, 'refused', { most: 2, bytes: 1e9 })).toBe(2);
      expect(await webhookDeliveries.trim(OURS, 'refused', { most: 2, bytes: 1e9 })).toBe(0);
      const left = idsOf(await webhookDeliveries.list(OURS, ALL));
      expect(left).toEqual(['d-4-refused', 'd-4-accepted', 'd-3-refused', 'd-3-accepted', 'd-2-accepted', 'd-1-accepted']); // prettier-ignore
      await webhookDeliveries.insert([delivery('d-5', { detail: 'x'.repeat(5000) })]);
      expect(await webhookDeliveries.trim(OURS, 'accepted', { most: 100, bytes: 5600 })).toBe(3);
      expect(idsOf(await webhookDeliveries.list(OURS, ALL, 'accepted'))).toEqual(['d-5', 'd-4-accepted']);
      expect(await webhookDeliveries.trim(OURS, 'accepted', { most: 0, bytes: 0 })).toBe(2);
      expect(await webhookDeliveries.list({ ...OURS, source: 'w-2' }, ALL)).toHaveLength(1);
    });

    it('purges what is old', async () => {
      const { webhookDeliveries } = store();
      await webhookDeliveries.insert([1, 2, 3].map((n) => delivery(`d-${n}`, { at: T0 + n })));
      expect(await webhookDeliveries.purge(T0 + 3, 1)).toBe(1);
      expect(await webhookDeliveries.purge(T0 + 3, 10)).toBe(1);
      expect(idsOf(await webhookDeliveries.list(OURS, ALL))).toEqual(['d-3']);
    });
  });
}
