import { describe, expect, it } from '@jest/globals';
import { batchesOf } from './bulk.js';

const items = (...keys: string[]) => keys.map((key, order) => ({ key, order }));
const keysOf = (batches: { key: string }[][]) => batches.map((batch) => batch.map(({ key }) => key));

describe('batches', () => {
  it('are sorted by key', () => {
    expect(keysOf(batchesOf(items('c', 'a', 'b'), ({ key }) => key))).toEqual([['a', 'b', 'c']]);
  });

  it('hold no key twice and keep the order of items with the same key', () => {
    const batches = batchesOf(items('b', 'a', 'b', 'c', 'b'), ({ key }) => key);
    expect(keysOf(batches)).toEqual([['a', 'b'], ['b', 'c'], ['b']]);
    const orders = batches.flat().filter(({ key }) => key === 'b');
    expect(orders.map(({ order }) => order)).toEqual([0, 2, 4]);
  });

  it('hold at most 1,000 items, and there is none of nothing', () => {
    const batches = batchesOf(items(...Array.from({ length: 2001 }, (_, i) => `${i}`)), ({ key }) => key);
    expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 1]);
    expect(batchesOf([], String)).toEqual([]);
  });
});
