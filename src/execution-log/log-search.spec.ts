import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import type { LogEntry } from './log.store.js';
import { LogSearch } from './log-search.js';

const entryAt = (sequence: number): LogEntry => ({
  sequence,
  at: 0,
  attempt: 1,
  level: 'info',
  message: `${sequence}`,
});

/** A log of so many entries, of which each `nth` matches, and what was read of it. */
function searchOf({ length, nth, tookMs = 0 }: { length: number; nth: number; tookMs?: number }) {
  const reads: number[] = [];
  let now = 0;
  const clock = Object.assign(new SettableClock(0), { monotonic: () => now });
  const read = (after: number, limit: number): Promise<LogEntry[]> => {
    const entries = Array.from({ length: Math.min(limit, length - after - 1) }, (_, index) =>
      entryAt(after + 1 + index),
    );
    reads.push(entries.length);
    now += tookMs;
    return Promise.resolve(entries);
  };
  const search = new LogSearch(read, ({ sequence }) => sequence % nth === nth - 1, clock);
  return { search, looked: () => reads.reduce((sum, count) => sum + count, 0) };
}

describe('LogSearch', () => {
  it('looks at a bounded number of entries, however often it is asked', async () => {
    const { search, looked } = searchOf({ length: 1_000_000, nth: 700 });
    let place = -1;
    const found: number[] = [];
    for (let asked = 0; asked < 100; asked++) {
      const { items, next } = await search.after(place, 1);
      found.push(...items.map(({ sequence }) => sequence));
      place = next!;
    }
    expect(looked()).toBeLessThanOrEqual(6001);
    expect(found.length).toBeGreaterThan(3);
    expect(place).toBeGreaterThanOrEqual(found.at(-1)!);
  });

  it('reads no more than it needs where all matches', async () => {
    const { search, looked } = searchOf({ length: 1000, nth: 1 });
    const { items, next } = await search.after(-1, 32);
    expect([items.length, next, looked()]).toEqual([32, 31, 33]);
  });

  it('begins no read late, but one in any case', async () => {
    const { search, looked } = searchOf({ length: 1_000_000, nth: 1_000_000, tookMs: 20 });
    expect(await search.after(-1, 10)).toEqual({ items: [], next: 10 });
    expect(await search.after(10, 10)).toEqual({ items: [], next: 10 });
    expect(looked()).toBe(11);
  });

  it('comes to the end of the log', async () => {
    const { search } = searchOf({ length: 1500, nth: 600 });
    const { items, next } = await search.after(-1, 10);
    expect([items.map(({ sequence }) => sequence), next]).toEqual([[599, 1199], null]);
  });
});
