import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import type { LogEntry } from './log.store.js';
import { BackwardSearch, LogSearch } from './log-search.js';

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

/** A log of entries with these numbers, read from its end by a clock that goes on by `tookMs` with each read. */
function backwardsOf(sequences: number[], matches: ((entry: LogEntry) => boolean) | null, tookMs = 0) {
  let [now, looked] = [0, 0];
  const clock = Object.assign(new SettableClock(0), { monotonic: () => now });
  const read = (after: number, limit: number): Promise<LogEntry[]> => {
    const entries = sequences.filter((sequence) => sequence > after).slice(0, limit);
    looked += entries.length;
    now += tookMs;
    return Promise.resolve(entries.map(entryAt));
  };
  const lastBelow = (below: number) => Promise.resolve(sequences.findLast((sequence) => sequence < below) ?? null);
  return { search: new BackwardSearch({ read, lastBelow, first: 0 }, matches, clock), looked: () => looked };
}

describe('BackwardSearch', () => {
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
  const all = async (search: BackwardSearch, limit: number) => {
    const found: number[][] = [];
    for (let place: number | null = Number.MAX_SAFE_INTEGER; place !== null;) {
      const part: Awaited<ReturnType<BackwardSearch['before']>> = await search.before(place, limit);
      found.push(part.items.map(({ sequence }) => sequence));
      place = part.next;
    }
    return found;
  };

  it('reads from the end over gaps, each entry once', async () => {
    const sequences = [...numbers(5), ...numbers(3, 1_000_000), 3_000_007];
    const found = await all(backwardsOf(sequences, null).search, 4);
    expect(found.flat()).toEqual([...sequences].reverse());
    expect(Math.max(...found.map(({ length }) => length))).toBe(4);
  });

  it('looks at a bounded number of entries for those that match, and goes on where it stopped', async () => {
    const { search, looked } = backwardsOf(numbers(100_000), ({ sequence }) => sequence === 3);
    const first = await search.before(Number.MAX_SAFE_INTEGER, 10);
    expect(first.items).toEqual([]);
    expect(first.next).toBeGreaterThan(90_000);
    expect(looked()).toBeLessThan(7000);
    const next = backwardsOf(numbers(100_000), ({ sequence }) => sequence === 3).search;
    expect((await next.before(1000, 10)).items).toMatchObject([{ sequence: 3 }]);
  });

  it('ends soon where reads take long, and not at all where every entry is wanted', async () => {
    const slow = backwardsOf(numbers(10_000), () => false, 20);
    await slow.search.before(Number.MAX_SAFE_INTEGER, 10);
    expect(slow.looked()).toBeLessThan(20);
    const { items } = await backwardsOf(numbers(100), null, 20).search.before(Number.MAX_SAFE_INTEGER, 50);
    expect(items).toHaveLength(50);
  });
});
