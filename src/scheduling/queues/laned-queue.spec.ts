import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LanedQueue } from './laned-queue.js';

interface Item {
  key: string;
  lane: string;
}

const LIMITS: Readonly<Record<string, number>> = { '': Number.POSITIVE_INFINITY, a: 1, b: 3 };

/** A queue whose items take a place of their lane when they are taken out. */
function world() {
  const taken: Item[] = [];
  const roomIn = (lane: string) => LIMITS[lane]! - taken.filter((item) => item.lane === lane).length;
  const queue = new LanedQueue<Item>(() => 1, roomIn);
  let number = 0;
  const push = (lane: string, organization = 'acme', priority = 5): Item => {
    const item = { key: `k${number++}`, lane };
    queue.push({ key: item.key, organization, priority, since: 0, item }, lane);
    return item;
  };
  const take = (most = 1000, free = Number.POSITIVE_INFINITY): Item[] => {
    const now: Item[] = [];
    queue.take(most, {
      goesOn: () => now.length < free,
      admits: () => true,
      take: (item) => {
        expect(roomIn(item.lane)).toBeGreaterThan(0);
        taken.push(item);
        now.push(item);
      },
    });
    return now;
  };
  const release = (item: Item) => void taken.splice(taken.indexOf(item), 1);
  return { queue, push, take, release, taken };
}

describe('LanedQueue', () => {
  it('lets nothing wait behind what waits for a place', () => {
    const { queue, push, take, release } = world();
    const limited = Array.from({ length: 5000 }, () => push('a', 'acme', 9));
    const free = push('', 'acme', 0);
    expect(take()).toEqual([limited[0], free]);
    expect([queue.size, queue.organizations().get('acme') ?? 0, queue.startable()]).toEqual([4999, 0, []]);
    release(limited[0]!);
    expect(queue.organizations().get('acme')).toBe(1);
    expect(take()).toEqual([limited[1]]);
  });

  it('gives the places of a lane by priority, and to organizations in turns', () => {
    const { push, take } = world();
    for (let index = 0; index < 10; index++) push('b', 'acme', 5);
    const other = push('b', 'umbrella', 5);
    const urgent = push('b', 'acme', 9);
    const taken = take();
    expect(taken).toHaveLength(3);
    expect(taken).toContain(urgent);
    expect(taken).toContain(other);
  });

  it('sends an item back whose place was taken while it waited for a slot', () => {
    const { queue, push, take, taken } = world();
    const item = push('a');
    expect(take(1000, 0)).toEqual([]);
    taken.push({ key: 'by hand', lane: 'a' });
    expect([take(), queue.has(item.key), queue.size]).toEqual([[], true, 1]);
    taken.length = 0;
    expect([take(), queue.has(item.key), queue.size]).toEqual([[item], false, 0]);
  });

  it('loses nothing and exceeds no lane, whatever comes, goes and is dropped', () => {
    const lanes = fc.constantFrom('', 'a', 'b');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), lane: lanes, organization: fc.constantFrom('x', 'y') }),
      fc.record({ kind: fc.constant('take' as const), most: fc.nat(4), free: fc.nat(4) }),
      fc.record({ kind: fc.constant('release' as const), index: fc.nat() }),
      fc.record({ kind: fc.constant('drop' as const), index: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { queue, push, take, release, taken } = world();
        const waiting = new Set<Item>();
        for (const each of steps) {
          if (each.kind === 'push') waiting.add(push(each.lane, each.organization));
          if (each.kind === 'take') for (const item of take(each.most, each.free)) waiting.delete(item);
          if (each.kind === 'release' && taken.length > 0) release(taken[each.index % taken.length]!);
          if (each.kind === 'drop' && waiting.size > 0) {
            const item = [...waiting][each.index % waiting.size]!;
            waiting.delete(item);
            queue.drop(item.key);
          }
          expect(queue.size).toBe(waiting.size);
          expect(new Set(queue.values())).toEqual(waiting);
          const some = queue.values(3);
          expect([new Set(some).size, some.filter((item) => !waiting.has(item))]).toEqual([
            Math.min(3, waiting.size),
            [],
          ]);
          for (const item of waiting) expect(queue.has(item.key)).toBe(true);
        }
        // Nothing is held for ever: once everything is released, all of it comes out.
        for (let rounds = 0; rounds < 100 && waiting.size > 0; rounds++) {
          taken.length = 0;
          for (const item of take()) waiting.delete(item);
        }
        expect([queue.size, waiting.size, queue.bytes]).toEqual([0, 0, 0]);
      }),
    );
  });
});
