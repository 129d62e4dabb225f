import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../domain/errors.js';
import { SettableClock } from '../clock/settable-clock.js';
import { company, GroupCommit } from './group-commit.js';

/** A writer whose writes end when the test says so. */
function heldWriter() {
  const batches: string[][] = [];
  const ends: { resolve(results: string[]): void; reject(error: unknown): void }[] = [];
  const write = (items: string[]) =>
    new Promise<string[]>((resolve, reject) => {
      batches.push(items);
      ends.push({ resolve, reject });
    });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    batches,
    write,
    turn,
    /** Ends the current write and lets the next one start. */
    end: async () => {
      ends.shift()!.resolve(batches.at(-1)!.map((item) => `${item} done`));
      await turn();
    },
    fail: async (error: unknown) => {
      ends.shift()!.reject(error);
      await turn();
    },
  };
}

describe('GroupCommit', () => {
  it('writes a single item at once and resolves with its result', async () => {
    const writer = heldWriter();
    const added = new GroupCommit(writer.write, { limit: 10 }).add('a');
    await writer.turn();
    expect(writer.batches).toEqual([['a']]);
    await writer.end();
    await expect(added).resolves.toBe('a done');
  });

  it('gathers what is added in one turn, and during a write, into one batch each', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 10 });
    const first = [commit.add('a'), commit.add('b')];
    await writer.turn();
    const second = [commit.add('c'), commit.add('d'), commit.add('e')];
    await writer.turn();
    expect(writer.batches).toEqual([['a', 'b']]);
    await writer.end();
    expect(writer.batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    await writer.end();
    await expect(Promise.all([...first, ...second])).resolves.toEqual([
      'a done',
      'b done',
      'c done',
      'd done',
      'e done',
    ]);
  });

  it('keeps to the largest batch and to the order', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 2 });
    const added = Promise.all(['a', 'b', 'c', 'd', 'e'].map((item) => commit.add(item)));
    await writer.turn();
    for (let written = 0; written < 3; written++) await writer.end();
    expect(writer.batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    await expect(added).resolves.toEqual(['a done', 'b done', 'c done', 'd done', 'e done']);
  });

  it('writes the others of a batch without the item that fails by itself', async () => {
    const written: string[] = [];
    const commit = new GroupCommit<string, string>(
      (items) => {
        if (items.includes('bad')) return Promise.reject(new Error('too large'));
        written.push(...items);
        return Promise.resolve(items.map((item) => `${item} done`));
      },
      { limit: 10 },
    );
    const outcomes = await Promise.allSettled(['a', 'b', 'bad', 'c', 'd', 'e'].map((item) => commit.add(item)));
    expect(written).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });

  it('rejects every item of a batch when the store is away, and goes on with the next', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 2 });
    const outcomes = Promise.allSettled([commit.add('a'), commit.add('b'), commit.add('c')]);
    await writer.turn();
    await writer.fail(new StoreUnavailableError('disk full'));
    await writer.end();
    const [a, b, c] = await outcomes;
    expect([a, b]).toMatchObject([{ reason: { message: 'disk full' } }, { reason: { message: 'disk full' } }]);
    expect(c).toEqual({ status: 'fulfilled', value: 'c done' });
  });

  it('rejects the items of a writer that throws', async () => {
    const throwing = new GroupCommit<string, string>(
      () => {
        throw new Error('closed');
      },
      { limit: 2 },
    );
    await expect(throwing.add('a')).rejects.toThrow('closed');
    await expect(throwing.add('b')).rejects.toThrow('closed');
  });

  it('writes again after it has been idle', async () => {
    const batches: number[][] = [];
    const commit = new GroupCommit<number, number>(
      (items) => {
        batches.push(items);
        return Promise.resolve(items);
      },
      { limit: 5 },
    );
    await commit.add(1);
    await commit.settled();
    await expect(commit.add(2)).resolves.toBe(2);
    expect(batches).toEqual([[1], [2]]);
  });

  it('takes no more than a batch may hold, so that what comes meanwhile is next in turn', async () => {
    const writer = heldWriter();
    const bytes = { most: 100, of: (item: string) => (item.startsWith('hog') ? 10 : 1) };
    const commit = new GroupCommit(writer.write, { limit: 1000, bytes, partyOf: (item) => item.slice(0, 3) });
    const added = [commit.add('own first')];
    for (let i = 0; i < 500; i++) added.push(commit.add(`hog ${i}`));
    await writer.turn();
    await writer.end();
    added.push(commit.add('own late'));
    let before = 0;
    while (!writer.batches.at(-1)!.includes('own late')) {
      await writer.end();
      before += writer.batches.at(-1)!.length;
    }
    expect(before).toBeLessThanOrEqual(100);
    while (writer.batches.flat().length < added.length) await writer.end();
    await writer.end();
    await expect(Promise.all(added)).resolves.toHaveLength(502);
  });

  it('waits for company when it is told to, before each batch', async () => {
    const writer = heldWriter();
    const waits: (() => void)[] = [];
    const delay = () => new Promise<void>((resolve) => waits.push(resolve));
    const commit = new GroupCommit(writer.write, { limit: 10, delay });
    const added = [commit.add('a')];
    await writer.turn();
    added.push(commit.add('b'));
    expect(writer.batches).toEqual([]);
    waits.shift()!();
    await writer.turn();
    expect(writer.batches).toEqual([['a', 'b']]);
    added.push(commit.add('c'));
    await writer.end();
    added.push(commit.add('d'));
    expect(writer.batches).toHaveLength(1);
    waits.shift()!();
    await writer.turn();
    expect(writer.batches.at(-1)).toEqual(['c', 'd']);
    await writer.end();
    await expect(Promise.all(added)).resolves.toHaveLength(4);
  });

  it('fails the items that wait when the wait itself fails, and works again afterwards', async () => {
    const waits = [Promise.reject(new Error('stopped')), Promise.resolve()];
    const commit = new GroupCommit<string, string>((items) => Promise.resolve(items), {
      limit: 10,
      delay: () => waits.shift()!,
    });
    await expect(commit.add('a')).rejects.toThrow('stopped');
    await expect(commit.add('b')).resolves.toBe('b');
  });

  it('lets the crowd of one party stand before nobody else', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 10, partyOf: (item) => item[0]! });
    for (let i = 0; i < 10_000; i++) void commit.add(`a${i}`);
    await writer.turn();
    void commit.add('b0');
    void commit.add('b1');
    await writer.end();
    expect(writer.batches.at(-1)).toHaveLength(10);
    expect(writer.batches.at(-1)).toEqual(expect.arrayContaining(['a10', 'a11', 'b0', 'b1']));
  });

  it('is not settled while something waits that was overtaken', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 2, partyOf: (item) => item[0]! });
    for (const item of ['a0', 'a1', 'a2', 'a3', 'a4']) void commit.add(item);
    let settled = false;
    void commit.settled().then(() => (settled = true));
    await writer.turn();
    for (const item of ['b0', 'b1', 'b2', 'b3']) void commit.add(item);
    await writer.end();
    await writer.end();
    await writer.end();
    expect(settled).toBe(false);
    await writer.end();
    expect(settled).toBe(true);
  });

  it('is settled when everything added has been written or has failed', async () => {
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 1 });
    const added = Promise.allSettled([commit.add('a'), commit.add('b')]);
    let settled = false;
    const waiting = commit.settled().then(() => (settled = true));
    await writer.turn();
    await writer.fail(new Error('no'));
    expect(settled).toBe(false);
    await writer.end();
    await waiting;
    expect((await added).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('is settled although more and more is added', async () => {
    let goesOn = true;
    const commit: GroupCommit<number, number> = new GroupCommit(
      (items) => {
        if (goesOn) void commit.add(0);
        return Promise.resolve(items);
      },
      { limit: 2 },
    );
    const added = [commit.add(0), commit.add(0), commit.add(0)];
    let written = 0;
    for (const each of added) void each.then(() => written++);
    await commit.settled();
    goesOn = false;
    expect(written).toBe(3);
  });

  it('waits for company by the clock where it is told to, and not without', async () => {
    const clock = new SettableClock(0);
    const writer = heldWriter();
    const commit = new GroupCommit(writer.write, { limit: 10, ...company(clock, 5) });
    void commit.add('a');
    await clock.advance(4);
    expect(writer.batches).toEqual([]);
    void commit.add('b');
    await clock.advance(1);
    expect(writer.batches).toEqual([['a', 'b']]);
    expect(company(clock, 0)).toEqual({});
  });

  it('writes no more bytes at once than it may, beyond the last item', async () => {
    const writer = heldWriter();
    const bytes = { most: 3, of: (item: string) => item.length };
    const commits = new GroupCommit(writer.write, { limit: 10, bytes });
    const added = ['aa', 'bb', 'c', 'dddddd', 'e'].map((item) => commits.add(item));
    await writer.turn();
    for (let writes = 0; writes < 4; writes++) if (writer.batches.length > writes) await writer.end();
    await Promise.all(added);
    expect(writer.batches.flat()).toEqual(['aa', 'bb', 'c', 'dddddd', 'e']);
    for (const batch of writer.batches) expect(batch.slice(0, -1).join('').length).toBeLessThan(3);
  });
});
