import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReadyQueue, type Ready } from './ready-queue.js';

const SECOND = 1000;

let made = 0;
const ready = (organization: string, priority = 5, since = 0, key = `item-${made++}`): Ready<string> => ({
  key,
  organization,
  priority,
  since,
  item: `${organization}/${key}/${made++}`,
});

function queueOf(...items: Ready<string>[]): ReadyQueue<string> {
  const queue = new ReadyQueue<string>();
  for (const item of items) queue.push(item);
  return queue;
}

const organizationsOf = (items: string[]) => items.map((item) => item.split('/')[0]);

describe('ReadyQueue', () => {
  it('gives the highest priority first, and within an organization the first come', () => {
    const [low, first, second, high] = [ready('a', 1), ready('a', 5), ready('a', 5), ready('a', 9)];
    expect(queueOf(low, first, second, high).take(4)).toEqual([high.item, first.item, second.item, low.item]);
  });

  it('keeps the order of a long line while others join it', () => {
    const queue = new ReadyQueue<number>();
    const push = (item: number) => queue.push({ key: String(item), organization: 'acme', priority: 5, since: 0, item });
    const taken: number[] = [];
    for (let item = 0; item < 6000; item++) {
      push(item);
      if (item > 3000) taken.push(...queue.take(2));
    }
    expect(taken).toEqual(Array.from({ length: 5998 }, (_, item) => item));
  });

  it('lets organizations take turns, however much one of them brings', () => {
    const flood = Array.from({ length: 10_000 }, () => ready('flood'));
    const queue = queueOf(...flood, ready('b'), ready('c'), ready('b'));
    expect(organizationsOf(queue.take(6))).toEqual(['flood', 'b', 'c', 'flood', 'b', 'flood']);
  });

  it('keeps the turns from one take to the next', () => {
    const queue = queueOf(ready('a'), ready('a'), ready('a'), ready('b'), ready('b'));
    expect([1, 1, 1, 1, 1].flatMap((count) => organizationsOf(queue.take(count)))).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  it('serves whoever comes new before a crowd that has had its turns', () => {
    const queue = queueOf(...Array.from({ length: 100 }, () => ready('flood')));
    queue.take(10);
    queue.push(ready('single'));
    expect(organizationsOf(queue.take(2))).toEqual(['single', 'flood']);
    queue.push(ready('other'));
    expect(organizationsOf(queue.take(2))).toEqual(['other', 'flood']);
  });

  it('lets nobody gain by leaving the line and coming back', () => {
    const queue = queueOf(...Array.from({ length: 100 }, () => ready('flood')));
    const taken: string[] = [];
    for (let i = 0; i < 20; i++) {
      queue.push(ready('sly'));
      taken.push(...(organizationsOf(queue.take(1)) as string[]));
    }
    expect(taken.filter((organization) => organization === 'sly').length).toBeLessThanOrEqual(11);
  });

  it('spreads the turns of heavier organizations evenly', () => {
    const queue = new ReadyQueue<string>((organization) => ({ a: 3, b: 1 })[organization]!);
    for (let i = 0; i < 12; i++) for (const organization of ['a', 'b']) queue.push(ready(organization));
    const turns = organizationsOf(queue.take(12)).join('');
    expect(turns.match(/a/g)).toHaveLength(9);
    expect(turns).not.toMatch(/a{4}|bb/);
  });

  it('gives each organization its share, in every stretch of turns, while all have something waiting', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 80 }), (list, turns) => {
        const queue = new ReadyQueue<string>((organization) => list[Number(organization)]!);
        list.forEach((_, index) => Array.from({ length: 80 }, () => queue.push(ready(String(index)))));
        const counts = list.map(() => 0);
        for (const organization of organizationsOf(queue.take(turns))) counts[Number(organization)]!++;
        const shares = counts.map((count, index) => count / list[index]!);
        for (const [i, share] of shares.entries()) {
          for (const [j, other] of shares.entries()) {
            expect(Math.abs(share - other)).toBeLessThanOrEqual(1 / list[i]! + 1 / list[j]! + 1e-9);
          }
        }
      }),
    );
  });

  it('does not charge an organization a turn for what was dropped', () => {
    const [gone, alsoGone, kept] = [ready('a'), ready('a'), ready('a')];
    const queue = queueOf(gone, alsoGone, kept, ready('b'), ready('b'));
    queue.drop(gone.key);
    queue.drop(alsoGone.key);
    expect(organizationsOf(queue.take(3))).toEqual(['a', 'b', 'b']);
  });

  it('forgets what is dropped, and takes what comes back once and as it is then', () => {
    const queue = queueOf(ready('a', 5, 0, 'x'));
    queue.drop('x');
    expect([queue.size, queue.has('x')]).toEqual([0, false]);
    const back = ready('a', 1, 0, 'x');
    queue.push(back);
    queue.push(ready('a', 9, 0, 'x'));
    expect(queue.size).toBe(1);
    expect(queue.take(10)).toEqual([back.item]);
    expect(queue.take(10)).toEqual([]);
  });

  it('lifts by one priority what has waited ten seconds', () => {
    const [waiting, fresh] = [ready('a', 4), ready('a', 5, 10 * SECOND)];
    expect(queueOf(waiting, fresh).take(2)).toEqual([fresh.item, waiting.item]);
    const later = ready('a', 5, 10 * SECOND + 1);
    expect(queueOf(waiting, later).take(2)).toEqual([waiting.item, later.item]);
  });

  it('lifts by several what has waited for longer', () => {
    const [waiting, fresh] = [ready('a', 0), ready('a', 5, 60 * SECOND)];
    expect(queueOf(waiting, fresh).take(1)).toEqual([waiting.item]);
  });

  it('starves nothing under an endless flood of the highest priority', () => {
    const lowest = ready('a', 0);
    const queue = queueOf(lowest);
    const taken: string[] = [];
    for (let now = 0; now <= 200 * SECOND && !taken.includes(lowest.item); now += SECOND) {
      queue.push(ready('a', 9, now));
      queue.push(ready('a', 9, now));
      taken.push(...queue.take(1));
    }
    expect(taken).toContain(lowest.item);
  });

  it('gives no organization more for its priorities, nor for having waited', () => {
    const crowd = Array.from({ length: 10_000 }, () => ready('crowd', 9));
    const queue = queueOf(...crowd);
    queue.take(5000);
    queue.push(ready('other', 0, 60 * SECOND));
    queue.push(ready('other', 0, 60 * SECOND));
    expect(organizationsOf(queue.take(4))).toEqual(['other', 'crowd', 'other', 'crowd']);
  });

  it('is empty after clear, and works on', () => {
    const queue = queueOf(ready('a', 5, 0, 'x'), ready('b', 0));
    queue.clear();
    expect([queue.size, queue.take(9)]).toEqual([0, []]);
    const again = ready('a', 5, 0, 'x');
    queue.push(again);
    expect(queue.take(9)).toEqual([again.item]);
  });

  const step = fc.record({
    does: fc.constantFrom('push', 'push', 'push', 'drop', 'take'),
    key: fc.integer({ min: 0, max: 9 }).map(String),
    organization: fc.constantFrom('a', 'b', 'c'),
    priority: fc.integer({ min: 0, max: 9 }),
    count: fc.integer({ min: 0, max: 4 }),
    passed: fc.integer({ min: 0, max: 15 * SECOND }),
  });

  it('loses and doubles nothing, whatever is pushed, dropped, pushed again and taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (list) => {
        const queue = new ReadyQueue<string>();
        const held = new Map<string, string>();
        let now = 0;
        for (const { does, key, organization, priority, count, passed } of list) {
          now += passed;
          if (does === 'drop') {
            queue.drop(key);
            held.delete(key);
          } else if (does === 'push') {
            const item = ready(organization, priority, now, key);
            queue.push(item);
            if (!held.has(key)) held.set(key, item.item);
          } else {
            const taken = queue.take(count);
            expect(taken).toHaveLength(Math.min(count, held.size));
            for (const item of taken) {
              const [name] = [...held].find(([, value]) => value === item)!;
              held.delete(name);
            }
          }
          expect(queue.size).toBe(held.size);
        }
        expect(queue.take(Infinity).sort()).toEqual([...held.values()].sort());
      }),
      { numRuns: 300 },
    );
  });
});
