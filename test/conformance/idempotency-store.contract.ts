import { describe, expect, it } from '@jest/globals';
import type { IdempotentRequest } from '../../src/rest/idempotency.store.js';
import { awkwardJson, T0 } from '../support/builders.js';
import type { OpenFixture } from './fixture.js';
import { times, withFixture } from './with-fixture.js';

const request = (fields: Partial<IdempotentRequest> = {}): IdempotentRequest => ({
  organization: 'acme',
  route: 'POST /v1/tasks',
  key: 'key-1',
  bodyHash: 'hash-1',
  ...fields,
});
const response = { status: 201, headers: { location: '/v1/tasks/1', etag: '"1"' }, body: { id: '1', list: [0, null] } };

/** Requests remembered by their idempotency key. */
export function describeIdempotencyStore(name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const begin = (fields?: Partial<IdempotentRequest>, now = T0) => store().idempotency.begin(request(fields), now);

    it('remembers a new request and tells of it from then on', async () => {
      expect(await begin()).toBeNull();
      const known = { bodyHash: 'hash-1', begunAt: T0, response: null };
      expect(await begin({ bodyHash: 'hash-2' }, T0 + 5)).toEqual(known);
      expect(await begin({}, T0 + 9)).toEqual(known);
    });

    it('replays the answer that was kept', async () => {
      await begin();
      await store().idempotency.complete(request(), response);
      expect(await begin()).toEqual({ bodyHash: 'hash-1', begunAt: T0, response });
    });

    it.each([
      ['null', null],
      ['zero', 0],
      ['text', '"'],
    ])('replays a body that is %s', async (_, body) => {
      await begin();
      await store().idempotency.complete(request(), { status: 204, headers: {}, body });
      expect((await begin())?.response).toEqual({ status: 204, headers: {}, body });
    });

    it('replays a body whose keys mean something to a database', async () => {
      await begin();
      await store().idempotency.complete(request(), { ...response, body: awkwardJson() });
      expect(JSON.stringify((await begin())?.response?.body)).toBe(JSON.stringify(awkwardJson()));
    });

    it('tells keys of other organizations and routes apart, and takes a key as it is', async () => {
      await begin();
      const others = [
        { organization: 'umbrella' },
        { route: 'POST /v1/triggers/events/{type}' },
        { key: 'KEY-1' },
        { key: '$ne.%_"\'' },
      ];
      for (const other of others) expect(await begin(other)).toBeNull();
      for (const other of others) expect(await begin(other)).toMatchObject({ begunAt: T0 });
    });

    it('forgets a request that failed, and no other', async () => {
      await begin();
      await begin({ key: 'key-2' });
      await store().idempotency.forget(request());
      expect(await begin({ bodyHash: 'hash-9' }, T0 + 7)).toBeNull();
      expect(await begin({ key: 'key-2' })).not.toBeNull();
    });

    it('lets one of several requests at once begin', async () => {
      const second = await store().reopen();
      const begun = await Promise.all(
        times(10, (i) => (i % 2 ? store() : second).idempotency.begin(request(), T0 + i)),
      );
      expect(begun.filter((known) => known === null)).toHaveLength(1);
    });

    it('purges requests begun before an instant, and no more than asked', async () => {
      for (const i of times(4, (index) => index)) await begin({ key: `k-${i}` }, T0 + i);
      expect(await store().idempotency.purge(T0 + 3, 2)).toBe(2);
      expect(await store().idempotency.purge(T0 + 3, 9)).toBe(1);
      expect(await store().idempotency.purge(T0 + 3, 9)).toBe(0);
      expect(await begin({ key: 'k-3' })).toMatchObject({ begunAt: T0 + 3 });
    });
  });
}
