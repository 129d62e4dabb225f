import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PlacedHeap, type Placed } from './placed-heap.js';

const item = (dueAt: number) => ({ dueAt, turn: 0, position: 0 });

const which = fc.nat(20);
const dueAt = fc.integer({ min: 0, max: 30 });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), dueAt }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), which, dueAt }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pop' as const), dueAt }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('keep' as const), which }) },
  ),
  { maxLength: 120 },
);

/** What the heap has to hold, in the order in which it has to come out: the item added or moved first goes first. */
const inOrder = (held: readonly Placed[]) =>
  held
    .map((each, index) => ({ each, index }))
    .sort((a, b) => a.each.dueAt - b.each.dueAt || a.index - b.index)
    .map(({ each }) => each);

describe('PlacedHeap', () => {
  it('does what a sorted list does, and finds each item by its place', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new PlacedHeap<ReturnType<typeof item>>();
        let held: ReturnType<typeof item>[] = [];
        const without = (gone: readonly Placed[]) => held.filter((each) => !gone.includes(each));
        for (const step of list) {
          const one = 'which' in step ? held[step.which % held.length] : undefined;
          if (step.do === 'add') {
            held.push(item(step.dueAt));
            heap.add(held.at(-1)!);
          } else if (step.do === 'pop') {
            const first = inOrder(held)[0];
            const popped = first && first.dueAt <= step.dueAt ? first : undefined;
            expect(heap.pop(step.dueAt)).toBe(popped);
            held = without(popped ? [popped] : []);
          } else if (step.do === 'keep') {
            const removed = inOrder(held).slice(step.which);
            expect(heap.keep((_, place) => place < step.which)).toEqual(removed);
            held = without(removed);
          } else if (one && step.do === 'remove') {
            expect([heap.remove(one), heap.remove(one), heap.has(one)]).toEqual([true, false, false]);
            held = without([one]);
          } else if (one && step.do === 'move') {
            one.dueAt = step.dueAt;
            heap.moved(one);
            held = [...without([one]), one];
          }
          expect([heap.size, heap.first(), heap.nextDueAt()]).toEqual([
            held.length,
            inOrder(held)[0],
            inOrder(held)[0]?.dueAt,
          ]);
          expect(held.every((each) => heap.has(each))).toBe(true);
        }
        const rest = inOrder(held);
        expect(heap.popDue(Infinity)).toEqual(rest);
        expect(rest.some((each) => heap.has(each as ReturnType<typeof item>))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('takes out so many of the soonest', () => {
    const heap = new PlacedHeap<ReturnType<typeof item>>();
    for (let due = 20; due > 0; due--) heap.add(item(due));
    expect(heap.popDue(Infinity, 3).map((each) => each.dueAt)).toEqual([1, 2, 3]);
    expect(heap.popDue(4).map((each) => each.dueAt)).toEqual([4]);
  });
});
