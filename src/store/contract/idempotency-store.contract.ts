import type { IdempotentRequest } from '../../idempotency/idempotency.store.js';
import { T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const request = (fields: Partial<IdempotentRequest> = {}): IdempotentRequest => ({
  organization: 'acme',
  operation: 'POST /v1/tasks user:ann',
  key: 'key-1',
  ...fields,
});

/** Requests remembered by their idempotency key. */
export function describeIdempotencyStore(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);
    const begin = (fields?: Partial<IdempotentRequest>, now = T0, fingerprint = 'k.print-1') =>
      store().idempotency.begin(request(fields), fingerprint, now);

    it('remembers a new request and tells of it from then on', async () => {
      expect(await begin()).toBeNull();
      const known = { fingerprint: 'k.print-1', begunAt: T0, answer: null };
      expect(await begin({}, T0 + 5, 'k.print-2')).toEqual(known);
      expect(await begin({}, T0 + 9)).toEqual(known);
    });

    it('has the answer that was kept, from any connection', async () => {
      await begin();
      await store().idempotency.complete(request(), 'a1.k.sealed');
      const known = { fingerprint: 'k.print-1', begunAt: T0, answer: 'a1.k.sealed' };
      expect(await begin()).toEqual(known);
      expect(await (await store().reopen()).idempotency.begin(request(), 'k.print-2', T0)).toEqual(known);
    });

    it('keeps an answer of megabytes', async () => {
      const answer = 'x'.repeat(4_000_000);
      await begin();
      await store().idempotency.complete(request(), answer);
      expect((await begin())?.answer).toBe(answer);
    });

    it('tells keys of other organizations and operations apart, and takes a key as it is', async () => {
      await begin();
      const others = [
        { organization: 'umbrella' },
        { operation: 'POST /v1/tasks user:bob' },
        { operation: 'POST /v1/triggers/events/a user:ann' },
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
      expect(await begin({}, T0 + 7, 'k.print-9')).toBeNull();
      expect(await begin({ key: 'key-2' })).not.toBeNull();
    });

    it('lets one of several requests at once begin', async () => {
      const second = await store().reopen();
      const begun = await Promise.all(
        times(10, (i) => (i % 2 ? store() : second).idempotency.begin(request(), 'k.print', T0 + i)),
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
