import { describe, expect, it } from '@jest/globals';
import { boundedCache } from './bounded-cache.js';

describe('a bounded cache', () => {
  it('keeps the entries used last, and tells of those that it drops', () => {
    const dropped: string[] = [];
    const cache = boundedCache<number>(3, { dispose: (_, key) => dropped.push(key) });
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);
    expect(cache.get('a')).toBe(0);
    cache.set('d', 3);
    expect([...cache.keys()].sort()).toEqual(['a', 'c', 'd']);
    cache.set('c', 9).set('e', 4);
    expect(new Map(cache.entries())).toEqual(new Map(Object.entries({ c: 9, d: 3, e: 4 })));
    expect(dropped).toEqual(['b', 'c', 'a']);
    cache.clear();
    expect(cache.size).toBe(0);
  });

  it('forgets an entry after its time', () => {
    let now = 1;
    const cache = boundedCache<string>(10, { ttl: 100, ttlResolution: 0, perf: { now: () => now } });
    cache.set('a', 'x');
    now += 100;
    expect(cache.get('a')).toBe('x');
    now += 1;
    expect(cache.get('a')).toBeUndefined();
  });

  it('takes no memory for what is not in it', () => {
    const caches = Array.from({ length: 2000 }, () => boundedCache<number>(1_000_000));
    for (const cache of caches) cache.set('a', 1);
    expect(caches.every((cache) => cache.size === 1)).toBe(true);
  });
});
