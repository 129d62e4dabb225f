import fc from 'fast-check';
import { newId } from '../../domain/ids.js';
import { RUN_STATES, RUN_TRIGGERS, isFinished, type Attempt, type Run } from '../../domain/run.js';
import { isListed } from '../../scheduling/ports/is-listed.js';
import type { RunFilter } from '../../scheduling/ports/run.reads.js';
import { aRun, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const TASKS = ['t-1', 't-2', 't-3'];
const CODES = ['http-503', 'timeout', 'E"\\$'];
const MESSAGES = ['The server Answered 503.', 'größer als [a-z]+', '$reason \\ "quoted"', ''];
const INSTANCES = ['i-1', 'i-2'];

const optional = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const rarely = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 });
const instant = fc.option(fc.integer({ min: T0 - 50, max: T0 + 350 }), { nil: undefined });

const filters: fc.Arbitrary<RunFilter> = fc.record({
  taskId: rarely(TASKS),
  state: optional([undefined, ...RUN_STATES]),
  trigger: rarely(RUN_TRIGGERS),
  from: instant,
  to: instant,
  by: optional(['scheduledFor', 'startedAt', 'finishedAt'] as const),
  oldestFirst: fc.boolean(),
  taskIds: rarely([['t-1', 't-3'], ['t-2'], []]),
  code: rarely([...CODES, 'http']),
  text: rarely(['answered', 'ANSWERED 5', 'Größer', '[a-z]+', '$reason \\', '"', 'overlap', 'no such words']),
  eventId: rarely(['e-1', 'e"2', 'e']),
  retryOf: rarely(['r-1', 'r']),
  instance: rarely([...INSTANCES, 'i']),
  minLatenessMs: rarely([0, 7]),
  minDurationMs: rarely([0, 40]),
});

/** One of the values; members that follow from each other meet in every way. */
const pick = <Value>(values: readonly Value[], index: number): Value => values[index % values.length]!;

/** Attempts of which some but not all have an error, the last one or another. */
function attemptsAt(index: number): Attempt[] {
  return times(index % 4, (place) => ({
    ...{ number: place + 1, instance: pick(INSTANCES, index + place), startedAt: T0, finishedAt: T0 + 1 },
    outcome: 'failed' as const,
    ...((index + place) % 3 !== 0 && {
      error: { code: pick(CODES, Math.floor(index / 4)), message: pick(MESSAGES, Math.floor(index / 5) + place) },
    }),
  }));
}

function runAt(index: number): Run {
  const scheduledFor = T0 + (index % 300);
  const state = pick(RUN_STATES, index * 7);
  const startedAt = index % 4 === 0 ? null : scheduledFor + (index % 13);
  const event = { id: pick(['e-1', 'e"2'], index), type: 'x', data: null, receivedAt: T0 };
  return aRun({
    ...{ id: newId(scheduledFor), scheduledFor, state, startedAt },
    organization: index % 5 === 0 ? 'umbrella' : 'acme',
    taskId: pick(TASKS, Math.floor(index / 2)),
    trigger: pick(RUN_TRIGGERS, index * 3),
    owner: index % 6 === 0 ? pick(INSTANCES, index / 6) : null,
    attempts: attemptsAt(index),
    finishedAt: isFinished(state) ? scheduledFor + (index % 97) : null,
    latenessMs: startedAt === null ? null : index % 13,
    reason: index % 7 === 0 ? 'the Overlap policy' : null,
    event: index % 3 === 0 ? event : null,
    retryOf: index % 8 === 0 ? 'r-1' : null,
  });
}

/** Finding runs by what happened to them. */
export function describeRunSearch({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    /** All that a list has, part by part. */
    const listed = async (filter: RunFilter, limit: number): Promise<string[]> => {
      const found: string[] = [];
      for (let after: string | undefined; ;) {
        const { items, next } = await store().readers.runs.list('acme', filter, { after, limit });
        expect(items.length).toBeLessThanOrEqual(limit);
        found.push(...idsOf(items));
        if (next === null) return found;
        expect(after === undefined || next < after === (filter.oldestFirst !== true)).toBe(true);
        after = next;
      }
    };

    it('shows exactly the runs of one organization that fit, in either order', async () => {
      const runs = times(900, runAt);
      await store().runs.insert(runs);
      const own = runs.filter(({ organization }) => organization === 'acme').sort((a, b) => (a.id < b.id ? 1 : -1));
      const property = fc.asyncProperty(filters, fc.integer({ min: 3, max: 200 }), async (filter, limit) => {
        const expected = idsOf(own.filter((run) => isListed(run, filter)));
        if (filter.oldestFirst === true) expected.reverse();
        expect(await listed(filter, limit)).toEqual(expected);
      });
      await fc.assert(property, { numRuns: 120 });
      const each: RunFilter[] = [
        { code: 'http-503' },
        { text: 'ANSWERED 5' },
        { text: 'Größer' },
        { eventId: 'e"2' },
        { retryOf: 'r-1' },
        { instance: 'i-2' },
        { minLatenessMs: 7 },
        { minDurationMs: 40 },
        { by: 'finishedAt', from: T0 + 300 },
        { state: 'running', instance: 'i-1' },
        { state: 'failed', code: 'E"\\$', taskIds: ['t-3'] },
      ];
      for (const filter of each) {
        const expected = idsOf(own.filter((run) => isListed(run, filter)));
        expect(expected.length).toBeGreaterThan(0);
        expect(await listed(filter, 50)).toEqual(expected);
      }
    });

    it('ends a look among many runs of which none fits, and says where it goes on', async () => {
      const last = { code: 'rare', message: 'found' };
      const attempt = { number: 1, instance: 'i-1', startedAt: T0, finishedAt: T0, outcome: 'failed' as const };
      const rare = aRun({ id: newId(T0 - 1), scheduledFor: T0 - 1, attempts: [{ ...attempt, error: last }] });
      await store().runs.insert([rare, ...times(3000, () => aRun({ id: newId(T0), output: { of: 'x'.repeat(200) } }))]);
      expect(await listed({ code: 'rare', text: 'FOUND' }, 5)).toEqual([rare.id]);
      expect(await listed({ code: 'rare', oldestFirst: true }, 5)).toEqual([rare.id]);
    });
  });
}
