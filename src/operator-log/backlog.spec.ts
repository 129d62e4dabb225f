import { describe, expect, it } from '@jest/globals';
import { Backlog } from './backlog.js';

/** The news of looks a second apart. */
const seen = (...waiting: number[]) => {
  const backlog = new Backlog();
  return waiting.map((count, second) => backlog.see(count, 1000 * second));
};

const began = (waiting: number) => ({ change: 'began', waiting, lastedMs: 0 });
const ended = (waiting: number, lastedMs: number) => ({ change: 'ended', waiting, lastedMs });

describe('a backlog', () => {
  it('begins at the second look that finds runs waiting, and ends at the second one that finds none', () => {
    expect(seen(0, 5, 9, 12, 3, 0, 0, 0)).toEqual([null, null, began(9), null, null, null, ended(12, 4000), null]);
  });

  it('is none where what waits is gone at the next look, and goes on over a moment without', () => {
    expect(seen(5, 0, 7, 0, 900, 0)).toEqual([null, null, null, null, null, null]);
    expect(seen(1, 1, 0, 1, 0, 0)).toEqual([null, began(1), null, null, null, ended(1, 4000)]);
  });

  it('counts the most of each anew', () => {
    expect(seen(99, 0, 1, 1, 0, 0, 0, 2, 2, 0, 0).filter((news) => news !== null)).toEqual([
      ...[began(1), ended(1, 2000)],
      ...[began(2), ended(2, 2000)],
    ]);
  });
});
