import { describe, expect, it } from '@jest/globals';
import { inBatches, roundsOf } from './batches.js';

const items = (...keys: string[]) => keys.map((key, order) => ({ key, order }));
const keyOf = ({ key }: { key: string }) => key;
const keysOf = (rounds: { key: string }[][][]) => rounds.map((round) => round.map((batch) => batch.map(keyOf)));
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

describe('batches', () => {
  it('are sorted by key', () => {
    expect(keysOf(roundsOf(items('c', 'a', 'b'), keyOf))).toEqual([[['a', 'b', 'c']]]);
  });

  it('let items with the same key follow one another', () => {
    const rounds = roundsOf(items('b', 'a', 'b', 'c', 'b'), keyOf);
    expect(keysOf(rounds)).toEqual([[['a', 'b', 'c']], [['b']], [['b']]]);
    const orders = rounds.flat(2).filter(({ key }) => key === 'b');
    expect(orders.map(({ order }) => order)).toEqual([0, 2, 4]);
  });

  it('hold no more items than go into one statement, and there is none of nothing', () => {
    const [round] = roundsOf(numbered(501), String) as [string[][]];
    expect(round.map(({ length }) => length)).toEqual([250, 250, 1]);
    expect(roundsOf([], String)).toEqual([]);
  });

  it('hold no more bytes than go into one statement, but always an item', () => {
    const sizes = [3, 5, 1, 9, 2].map((megabytes, index) => ({ key: `${index}`, bytes: megabytes * 1_000_000 }));
    const [round] = roundsOf(sizes, keyOf, ({ bytes }) => bytes) as [(typeof sizes)[]];
    expect(round.map((batch) => batch.map(keyOf))).toEqual([['0', '1'], ['2'], ['3'], ['4']]);
  });

  it('are written side by side, and a failure is told when none is under way any more', async () => {
    let underWay = 0;
    let most = 0;
    const write = async (batch: string[]) => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
      if (batch.includes('0')) throw new Error('away');
      await Promise.resolve();
    };
    await expect(inBatches(numbered(2000), String, write)).rejects.toThrow('away');
    expect({ underWay, most }).toEqual({ underWay: 0, most: 4 });
  });
});
