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
    /** Ends the write under way and lets the next one begin. */
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
});
