import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, derivedId, eventRunId, newId, occurrenceRunId } from './ids.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const LAST = Date.UTC(9999, 11, 31);
const instant = fc.integer({ min: 0, max: LAST });

describe('ids', () => {
  it('are UUIDs that sort by their instant, up to the last year that can be written', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        for (const id of [newId(a), derivedId(a, 'x'), newId(-5), occurrenceRunId(newId(b), -a)])
          expect(id).toMatch(UUID);
        fc.pre(a !== b);
        expect(newId(a) < newId(b)).toBe(a < b);
        expect(occurrenceRunId(newId(b), a) < newId(b)).toBe(a < b);
      }),
    );
  });

  it('are new each time', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newId(0))).size).toBe(10_000);
  });

  it('are the same for the same occurrence, and others for any other', () => {
    const tasks = [newId(5), newId(5), derivedId(0, 'task', 'a'), derivedId(0, 'task', 'b')];
    const ids = tasks.flatMap((task) => [0, 1, 2, LAST].map((at) => occurrenceRunId(task, at)));
    expect(new Set(ids).size).toBe(16);
    expect(occurrenceRunId(tasks[0]!, 1)).toBe(occurrenceRunId(tasks[0]!, 1));
  });

  it('of the occurrences of one instant are in the order of their tasks, where those were made one after the other', () => {
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: 16, max: 32_000 }), (at, made, later) => {
        // The order wraps around every 65.536 s.
        const first = made - (made % 65_536) + (made % 32_768);
        expect(occurrenceRunId(newId(first), at) < occurrenceRunId(newId(first + later), at)).toBe(true);
      }),
    );
  });

  it('do not confuse where one part ends and the next begins, nor what they stand for', () => {
    const ids = [
      derivedId(5, 'ab', 'c'),
      derivedId(5, 'a', 'bc'),
      derivedId(5, 'abc'),
      derivedId(5, 'abc', ''),
      eventRunId('task', 'event', 5),
      eventRunId('event', 'task', 5),
      occurrenceRunId(derivedId(5, 'task'), 5),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('bucketOf', () => {
  it('is stable, within bounds, and even over ids that are alike', () => {
    const counts = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 64_000; i++) counts[bucketOf(newId(1_800_000_000_000 + i), 64)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 10_000 }), (id, buckets) => {
        const bucket = bucketOf(id, buckets);
        expect(bucket).toBe(bucketOf(id, buckets));
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < buckets).toBe(true);
      }),
    );
  });
});
