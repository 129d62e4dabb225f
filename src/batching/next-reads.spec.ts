import { describe, expect, it } from '@jest/globals';
import { NextReads } from './next-reads.js';

/** A read that ends when it is told to. */
function reads() {
  const begun: { end: (value: number) => void; fail: (error: Error) => void }[] = [];
  const read = () => new Promise<number>((end, fail) => begun.push({ end, fail }));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, read, turn };
}

describe('the next read', () => {
  it('serves all who asked while another one was under way, and begins after they asked', async () => {
    const { begun, read, turn } = reads();
    const next = new NextReads<number>();
    const first = next.of('a', read);
    const others = [next.of('a', read), next.of('a', read)];
    expect(begun.length).toBe(1);
    begun[0]!.end(1);
    await turn();
    expect(begun.length).toBe(2);
    const later = next.of('a', read);
    begun[1]!.end(2);
    await turn();
    begun[2]!.end(3);
    expect(await Promise.all([first, ...others, later])).toEqual([1, 2, 2, 3]);
    await turn();
    const idle = next.of('a', read);
    expect(begun.length).toBe(4);
    begun[3]!.end(4);
    expect(await idle).toBe(4);
  });

  it('waits for none of another key', async () => {
    const { begun, read } = reads();
    const next = new NextReads<number>();
    const both = [next.of('a', read), next.of('b', read)];
    expect(begun.length).toBe(2);
    begun.forEach(({ end }, index) => end(index));
    expect(await Promise.all(both)).toEqual([0, 1]);
  });

  it('begins also after one that failed, which fails for those alone who shared it', async () => {
    const { begun, read, turn } = reads();
    const next = new NextReads<number>();
    const told = [next.of('a', read), next.of('a', read)].map((each) => each.catch((error: Error) => error.message));
    begun[0]!.fail(new Error('away'));
    await turn();
    begun[1]!.end(2);
    expect(await Promise.all(told)).toEqual(['away', 2]);
  });
});
