import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyedHeap } from './keyed-heap.js';

interface Entry {
  key: string;
  organization: string;
  dueAt: number;
}

type Step =
  | ({ do: 'set' } & Entry)
  | { do: 'delete'; key: string }
  | { do: 'pop'; instant: number; most: number }
  | { do: 'back' };

const key = fc.integer({ min: 0, max: 40 }).map(String);
const dueAt = fc.integer({ min: 0, max: 60 });
/** A key belongs to one organization, as the id of a task does. */
const organizationOf = (name: string): string => ['acme', 'beta', 'acme', 'zeta', 'acme'][Number(name) % 5]!;
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({ do: fc.constant('set' as const), key, dueAt })
        .map((step): Step => ({ ...step, organization: organizationOf(step.key) })),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('pop' as const), instant: dueAt, most: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const) }) },
  ),
  { maxLength: 120 },
);
const everything = () => Infinity;
const dues = (due: { organization: string }[]) => due.map(({ organization }) => organization);

describe('KeyedHeap', () => {
  it('misses nothing before completeUntil and stays bounded, whatever is set, taken out and set aside', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 3, max: 15 }), fc.integer({ min: 0, max: 4 }), (list, limit, most) => {
        const heap = new KeyedHeap<Entry>({ count: limit });
        const offered = new Map<string, Entry>();
        for (const step of list) {
          if (step.do === 'set') {
            heap.set(step.organization, step.key, step.dueAt, step);
            offered.set(step.key, step);
          } else if (step.do === 'delete') {
            heap.delete(step.key);
            offered.delete(step.key);
          } else if (step.do === 'back') heap.bringBack(() => true);
          else {
            const room = (name: string) => (name === 'acme' ? most : Infinity);
            const popped = heap.popDue(step.instant, step.most, room).map(({ value }) => value);
            expect(popped.length).toBeLessThanOrEqual(step.most);
            expect(popped.filter(({ organization }) => organization === 'acme').length).toBeLessThanOrEqual(most);
            for (const entry of popped) {
              expect(entry.dueAt).toBeLessThanOrEqual(step.instant);
              expect(offered.get(entry.key)).toBe(entry);
              offered.delete(entry.key);
            }
          }
          expect(heap.size).toBeLessThanOrEqual(limit * 1.1);
          for (const [name, entry] of offered) {
            if (entry.dueAt < heap.completeUntil(entry.organization)) expect(heap.get(name)).toBe(entry);
          }
        }
        heap.bringBack(() => true);
        const rest = heap.popDue(Infinity, Infinity, everything).map(({ value }) => value);
        expect(heap.size).toBe(0);
        expect(heap.nextDueAt()).toBeUndefined();
        for (const entry of rest) expect(offered.get(entry.key)).toBe(entry);
      }),
      { numRuns: 500 },
    );
  });

  it('gives every organization its turn, however large the crowd of one is', () => {
    const heap = new KeyedHeap<Entry>({ count: 100_000 });
    const set = (organization: string, name: string, at: number) =>
      heap.set(organization, name, at, { organization, key: name, dueAt: at });
    for (let i = 0; i < 5000; i++) set('acme', `a${i}`, i);
    set('zeta', 'z', 5000);
    expect(dues(heap.popDue(5000, 150, everything))).toContain('zeta');
  });

  it('forgets of the largest, and nothing of those that hold little', () => {
    const heap = new KeyedHeap<Entry>({ count: 100 });
    const set = (organization: string, name: string, at: number) =>
      heap.set(organization, name, at, { organization, key: name, dueAt: at });
    for (let i = 0; i < 10; i++) set('zeta', `z${i}`, 1000 + i);
    for (let i = 0; i < 200; i++) set('acme', `a${i}`, i);
    for (let i = 0; i < 10; i++) expect(heap.get(`z${i}`)).toBeDefined();
    expect(heap.completeUntil('zeta')).toBe(Infinity);
    expect(heap.completeUntil('acme')).toBeLessThan(200);
    expect(heap.leastComplete()).toBe(heap.completeUntil('acme'));
  });

  it('sets an organization aside of which nothing more is wanted, and brings it back', () => {
    const heap = new KeyedHeap<Entry>({ count: 100 });
    for (let i = 0; i < 3; i++) heap.set('acme', `a${i}`, i, { organization: 'acme', key: `a${i}`, dueAt: i });
    expect(heap.popDue(10, 10, () => 2)).toHaveLength(2);
    expect(heap.nextDueAt()).toBeUndefined();
    heap.bringBack(() => false);
    expect(heap.nextDueAt()).toBeUndefined();
    heap.bringBack(() => true);
    expect(heap.nextDueAt()).toBe(2);
  });

  it('forgets by size as well, of those that hold most, but never the soonest of any', () => {
    const heap = new KeyedHeap<Entry & { size: number }>({ count: 1000, bytes: 100, sizeOf: ({ size }) => size });
    const set = (organization: string, name: string, at: number, size: number) =>
      heap.set(organization, name, at, { organization, key: name, dueAt: at, size });
    for (let i = 0; i < 10; i++) set('zeta', `z${i}`, 1000 + i, 1);
    for (let i = 0; i < 50; i++) set('acme', `a${i}`, i, 10);
    set('umbrella', 'u', 5, 5000);
    expect(heap.bytes).toBeLessThanOrEqual(5000 + 110);
    expect(['a0', 'u', 'a49'].map((name) => heap.get(name) !== undefined)).toEqual([true, true, false]);
    for (let i = 0; i < 10; i++) expect(heap.get(`z${i}`)).toBeDefined();
    expect(heap.completeUntil('acme')).toBeLessThan(50);
    heap.popDue(2000, 1000, everything);
    expect([heap.size, heap.bytes]).toEqual([0, 0]);
  });
});
