import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../domain/errors.js';
import { WriteBatch } from './write-batch.js';

/** A store of lists with atomic transactions. */
function world() {
  const transactions: string[][] = [];
  let rows: string[] = [];
  const batch = new WriteBatch(async (work) => {
    rows = [];
    const result = work();
    transactions.push(rows);
    return result;
  });
  const write = (row: string) => batch.add(() => rows.push(row));
  const fail = (message: string) =>
    batch.add(() => {
      throw new Error(message);
    });
  return { transactions, write, fail };
}

describe('WriteBatch', () => {
  it('puts what is written in one turn into one transaction, in its order, and gives each its own result', async () => {
    const { transactions, write } = world();
    await expect(Promise.all([write('a'), write('b'), write('c')])).resolves.toEqual([1, 2, 3]);
    await write('d');
    expect(transactions).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('takes in what follows at once from what was written before it', async () => {
    const { transactions, write } = world();
    await Promise.all([write('a').then(() => write('b')), write('c').then(() => write('d'))]);
    expect(transactions).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('lets work that fails take nobody else with it', async () => {
    const { transactions, write, fail } = world();
    const results = await Promise.allSettled([write('a'), fail('no'), write('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(transactions).toEqual([['a'], ['b']]);
  });

  it('does not try each on its own where it is the store that fails', async () => {
    let transactions = 0;
    const batch = new WriteBatch(() => Promise.reject(new StoreUnavailableError(`locked, ${++transactions}`)));
    const results = await Promise.allSettled([batch.add(() => 1), batch.add(() => 2)]);
    expect(results.map((result) => result.status === 'rejected' && (result.reason as Error).message)).toEqual([
      'locked, 1',
      'locked, 1',
    ]);
  });
});
