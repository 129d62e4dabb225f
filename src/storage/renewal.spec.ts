import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { RenewalCell } from './renewal-cell.js';
import { Renewal } from './renewal.js';

const KEY = 'instance/a';

function world(answers: () => Promise<Set<string>>) {
  const cell = new RenewalCell();
  // The other thread's view of the same memory.
  const own = new RenewalCell(cell.memory);
  let asked = 0;
  const renew = () => (asked++, answers());
  const renewal = new Renewal({ renew }, own);
  const begin = (turn: number) => {
    cell.begin(turn);
    renewal.follow({ turn, owner: 'a', key: KEY, lifeMs: 1000, everyMs: 5 });
  };
  return { cell, begin, renewal, asked: () => asked };
}

describe('Renewal', () => {
  it('renews for as long as its turn lasts, and tells when what was granted was sent', async () => {
    const { cell, begin, asked } = world(() => Promise.resolve(new Set([KEY])));
    begin(1);
    expect(cell.renewedMsAgo(1)).toBe(Infinity);
    while (asked() < 3) await sleep(1);
    expect(cell.renewedMsAgo(1)).toBeLessThan(1000);
    cell.end();
    const until = asked();
    await sleep(30);
    expect(asked()).toBeLessThanOrEqual(until + 1);
  });

  it('tries again when the server is away, and not when the lock is lost', async () => {
    let isAway = true;
    const { cell, begin, asked } = world(() =>
      isAway ? Promise.reject(new Error('away')) : Promise.resolve(new Set(['another'])),
    );
    begin(1);
    while (asked() < 1) await sleep(1);
    isAway = false;
    while (asked() < 2) await sleep(1);
    await sleep(30);
    expect([asked(), cell.renewedMsAgo(1)]).toEqual([2, Infinity]);
  });

  it('takes no answer of a turn that is over for one of the next', async () => {
    const answers: ((held: Set<string>) => void)[] = [];
    const { cell, begin } = world(() => new Promise((resolve) => answers.push(resolve)));
    begin(1);
    while (answers.length === 0) await sleep(1);
    begin(2);
    answers[0]!(new Set([KEY]));
    await sleep(1);
    expect([cell.renewedMsAgo(1), cell.renewedMsAgo(2)]).toEqual([Infinity, Infinity]);
    cell.end();
  });
});
