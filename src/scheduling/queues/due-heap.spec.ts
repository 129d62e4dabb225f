import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueHeap } from './due-heap.js';

type Step = { do: 'set'; key: string; dueAt: number } | { do: 'delete'; key: string } | { do: 'pop'; instant: number };

const key = fc.integer({ min: 0, max: 40 }).map(String);
const dueAt = fc.integer({ min: 0, max: 60 });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key, dueAt }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pop' as const), instant: dueAt }) },
  ),
  { maxLength: 120 },
);

const dueOf = (held: Map<string, number>, until: number) =>
  [...held].filter(([, due]) => due <= until).sort((a, b) => a[1] - b[1]);

/** Applies the step to the model, in which what was set first comes first; returns what a pop takes out. */
function model(held: Map<string, number>, step: Step): { key: string; dueAt: number }[] {
  if (step.do !== 'pop') held.delete(step.key);
  if (step.do === 'set') held.set(step.key, step.dueAt);
  if (step.do !== 'pop') return [];
  const due = dueOf(held, step.instant);
  for (const [gone] of due) held.delete(gone);
  return due.map(([name, instant]) => ({ key: name, dueAt: instant }));
}

function heapStep(heap: DueHeap<{ key: string; dueAt: number }>, step: Step): { key: string; dueAt: number }[] {
  if (step.do === 'set') heap.set(step.key, step.dueAt, { key: step.key, dueAt: step.dueAt });
  if (step.do === 'delete') heap.delete(step.key);
  return step.do === 'pop' ? heap.popDue(step.instant) : [];
}

describe('DueHeap', () => {
  it('does what a sorted list does, whatever is set, replaced, deleted and popped', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new DueHeap<{ key: string; dueAt: number }>();
        const held = new Map<string, number>();
        for (const step of list) {
          expect(heapStep(heap, step)).toEqual(model(held, step));
          expect(heap.size).toBe(held.size);
          expect(heap.nextDueAt()).toBe(dueOf(held, Infinity)[0]?.[1]);
        }
        for (const [name, due] of held) expect(heap.get(name)).toEqual({ key: name, dueAt: due });
        expect(heapStep(heap, { do: 'pop', instant: Infinity })).toEqual(model(held, { do: 'pop', instant: Infinity }));
      }),
      { numRuns: 300 },
    );
  });

  it('never hands out what was deleted or replaced', () => {
    const heap = new DueHeap<string>();
    heap.set('a', 10, 'old a');
    heap.set('b', 20, 'b');
    heap.set('a', 30, 'new a');
    heap.delete('b');
    expect(heap.delete('b')).toBe(false);
    expect(heap.popDue(29)).toEqual([]);
    expect(heap.popDue(30)).toEqual(['new a']);
    expect(heap.has('a')).toBe(false);
  });

  it('goes by the turn that is given within an instant', () => {
    const heap = new DueHeap<string>();
    heap.set('a', 5, 'third', 2);
    heap.set('b', 5, 'first', 0);
    heap.set('c', 5, 'second', 1);
    heap.set('d', 4, 'before', 9);
    expect(heap.popDue(5)).toEqual(['before', 'first', 'second', 'third']);
  });

  it('is empty after clear, and works on', () => {
    const heap = new DueHeap<string>();
    heap.set('a', 1, 'a');
    heap.clear();
    expect([heap.size, heap.has('a'), heap.nextDueAt()]).toEqual([0, false, undefined]);
    heap.set('a', 2, 'again');
    expect(heap.popDue(2)).toEqual(['again']);
  });
});
