import type { LockFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const LONG = 60_000;

/** Locks: rights of one owner for a limited time, by the server's clock. */
export function describeLockStore(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: () => Promise<LockFixture>,
): void {
  describe(name, () => {
    const store = withFixture(open);
    /** Asks until the store itself says that the lock is free. */
    const expiry = async (key: string) => {
      while ((await store().locks.holders([key])).has(key)) await new Promise((resolve) => setImmediate(resolve));
    };

    it('gives a free lock to one owner and to no other', async () => {
      expect(await store().locks.acquire(['a', 'b'], 'i-1', LONG)).toEqual(new Set(['a', 'b']));
      expect(await store().locks.acquire(['b', 'c'], 'i-2', LONG)).toEqual(new Set(['c']));
      expect(await store().locks.holders(['a', 'b', 'c', 'd'])).toEqual(
        new Map([
          ['a', 'i-1'],
          ['b', 'i-1'],
          ['c', 'i-2'],
        ]),
      );
    });

    it('gives an owner the lock that it holds already, for longer', async () => {
      await store().locks.acquire(['a', 'short'], 'i-1', 100);
      expect(await store().locks.acquire(['a'], 'i-1', LONG)).toEqual(new Set(['a']));
      await expiry('short');
      expect(await store().locks.acquire(['a'], 'i-2', LONG)).toEqual(new Set());
    });

    it('takes keys as they are', async () => {
      const keys = ["o'brien", 'a.b', '$where', 'Zürich 🚀', '%', 'A.B', 'run:"x"', '__proto__'];
      expect(await store().locks.acquire(keys, 'i-1', LONG)).toEqual(new Set(keys));
      expect([...(await store().locks.holders(keys)).keys()].sort()).toEqual([...keys].sort());
      expect(await store().locks.acquire(['a_b', 'a%b', 'aXb'], 'i-2', LONG)).toHaveProperty('size', 3);
    });

    it('gives an expired lock to whoever asks first', async () => {
      await store().locks.acquire(['a'], 'i-1', 50);
      await expiry('a');
      expect(await store().locks.acquire(['a'], 'i-2', LONG)).toEqual(new Set(['a']));
      expect(await store().locks.acquire(['a'], 'i-1', LONG)).toEqual(new Set());
    });

    it('keeps a lock for all of its life', async () => {
      await store().locks.acquire(['before'], 'i-1', 100);
      await store().locks.acquire(['a'], 'i-1', LONG);
      await expiry('before');
      expect(await store().locks.acquire(['a'], 'i-2', LONG)).toEqual(new Set());
    });

    it('renews every unexpired lock of the owner and of nobody else', async () => {
      await store().locks.acquire(['a', 'b'], 'i-1', 400);
      await store().locks.acquire(['c'], 'i-2', 400);
      expect(await store().locks.renew('i-1', LONG)).toEqual(new Set(['a', 'b']));
      await expiry('c');
      expect(await store().locks.holders(['a', 'b', 'c'])).toEqual(
        new Map([
          ['a', 'i-1'],
          ['b', 'i-1'],
        ]),
      );
      expect(await store().locks.renew('i-3', LONG)).toEqual(new Set());
    });

    it('never revives an expired lock by renewing it', async () => {
      await store().locks.acquire(['a'], 'i-1', 50);
      await store().locks.acquire(['b'], 'i-1', LONG);
      await expiry('a');
      expect(await store().locks.renew('i-1', LONG)).toEqual(new Set(['b']));
      expect(await store().locks.holders(['a'])).toEqual(new Map());
      expect(await store().locks.acquire(['a'], 'i-1', LONG)).toEqual(new Set(['a']));
    });

    it('does not renew a lock that another owner has taken', async () => {
      await store().locks.acquire(['a'], 'i-1', 50);
      await expiry('a');
      await store().locks.acquire(['a'], 'i-2', LONG);
      expect(await store().locks.renew('i-1', LONG)).toEqual(new Set());
      expect(await store().locks.holders(['a'])).toEqual(new Map([['a', 'i-2']]));
    });

    it('frees the locks that an owner gives up, and no others', async () => {
      await store().locks.acquire(['a', 'b'], 'i-1', LONG);
      await store().locks.acquire(['c'], 'i-2', LONG);
      await store().locks.release(['a', 'c', 'unknown'], 'i-1');
      expect(await store().locks.holders(['a', 'b', 'c'])).toEqual(
        new Map([
          ['b', 'i-1'],
          ['c', 'i-2'],
        ]),
      );
      expect(await store().locks.acquire(['a'], 'i-3', LONG)).toEqual(new Set(['a']));
    });

    it('lets an owner shorten the life of a lock by taking it again, for others to have it after that', async () => {
      const { locks } = store();
      await locks.acquire(['a', 'b'], 'rate/1', LONG);
      expect(await locks.acquire(['a'], 'rate/1', 100)).toEqual(new Set(['a']));
      const lives = await locks.remaining(['a', 'b']);
      expect(lives.get('a') ?? 0).toBeLessThanOrEqual(100);
      expect(lives.get('b')).toBeGreaterThan(LONG - 10_000);
      await expiry('a');
      expect(await locks.acquire(['a', 'b'], 'rate/2', LONG)).toEqual(new Set(['a']));
      // Who comes too late to shorten it changes nothing.
      expect(await locks.acquire(['a'], 'rate/1', 1)).toEqual(new Set());
      expect(await locks.holders(['a'])).toEqual(new Map([['a', 'rate/2']]));
    });

    it('keeps a lock of many days, and one of a few milliseconds', async () => {
      const month = 31 * 86_400_000;
      await store().locks.acquire(['long'], 'rate/1', month);
      await store().locks.acquire(['short'], 'rate/1', 3);
      expect((await store().locks.remaining(['long'])).get('long')).toBeGreaterThan(month - 10_000);
      await expiry('short');
      expect(await store().locks.acquire(['long', 'short'], 'rate/2', LONG)).toEqual(new Set(['short']));
    });

    it('tells how long a lock is still held unless it is renewed', async () => {
      await store().locks.acquire(['long'], 'i-1', LONG);
      await store().locks.acquire(['short', 'gone'], 'i-2', 200);
      const before = await store().locks.remaining(['long', 'short', 'unknown']);
      expect([...before.keys()].sort()).toEqual(['long', 'short']);
      expect(before.get('short')).toBeGreaterThan(0);
      expect(before.get('short')).toBeLessThanOrEqual(200);
      expect(before.get('long')).toBeGreaterThan(LONG - 10_000);
      expect(before.get('long')).toBeLessThanOrEqual(LONG);
      await expiry('gone');
      expect([...(await store().locks.remaining(['long', 'gone'])).keys()]).toEqual(['long']);
      expect(await store().locks.remaining([])).toEqual(new Map());
    });

    it('takes empty batches and batches of 1,200', async () => {
      const { locks } = store();
      expect(await locks.acquire([], 'i-1', LONG)).toEqual(new Set());
      await locks.release([], 'i-1');
      expect(await locks.holders([])).toEqual(new Map());
      const keys = times(1200, (i) => `run:${i}`);
      expect(await locks.acquire(keys, 'i-1', LONG)).toEqual(new Set(keys));
      expect(await locks.acquire(keys, 'i-2', LONG)).toEqual(new Set());
      expect(await locks.renew('i-1', LONG)).toEqual(new Set(keys));
      expect((await locks.holders(keys)).size).toBe(1200);
      await locks.release(keys, 'i-1');
      expect((await locks.holders(keys)).size).toBe(0);
    });

    it('gives each key to one of several owners that ask at once', async () => {
      const second = await store().reopen();
      const keys = times(100, (i) => `k-${i}`);
      const held = await Promise.all(
        times(8, (i) => (i % 2 ? store() : second).locks.acquire(i % 3 ? keys : keys.toReversed(), `i-${i}`, LONG)),
      );
      expect(held.flatMap((each) => [...each]).sort()).toEqual([...keys].sort());
      const holders = await store().locks.holders(keys);
      held.forEach((each, i) => each.forEach((key) => expect(holders.get(key)).toBe(`i-${i}`)));
    });
  });
}
