import { expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { Turns } from '../clock/turns.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { RunReads } from '../scheduling/ports/run.reads.js';
import type { TaskReads } from '../scheduling/ports/task.reads.js';
import { TaskSeries } from './task-series.js';

const MINUTE_MS = 60_000;
const STEP = 5 * MINUTE_MS;

/** How many occurrences got no run, by the minute in which the step begins. */
async function leftOut(...entries: Partial<LedgerEntry>[]) {
  const tasks = { get: () => Promise.resolve({ id: 't', definition: { tags: [] } }) };
  const ledger = entries.map((entry) => ({ outcome: 'coalesced', reason: 'r', count: 1, ...entry }));
  const runs = { outlines: () => Promise.resolve([]), ledger: () => Promise.resolve(ledger) };
  const turns = new Turns(new SettableClock(0));
  const series = new TaskSeries(tasks as unknown as TaskReads, runs as unknown as RunReads, turns);
  const { points, truncated } = await series.of('acme', { taskId: 't' }, { from: 0, to: 60 * MINUTE_MS, stepMs: STEP });
  const of = (point: (typeof points)[number]) => [point.at / MINUTE_MS, Object.values(point.leftOut)];
  return { steps: points.map(of), truncated };
}

const at = (minutes: number) => minutes * MINUTE_MS;

it('counts each occurrence of a stretch in the step in which it was due', async () => {
  const { steps, truncated } = await leftOut({ from: at(20), to: at(29), count: 10 });
  // Skipped, missed, coalesced.
  expect(steps).toEqual([
    [20, [0, 0, 5]],
    [25, [0, 0, 5]],
  ]);
  expect(truncated).toBe(false);
});

it('counts of a stretch what lies within the range, and each kind apart', async () => {
  const { steps } = await leftOut(
    { from: at(-10), to: at(9), count: 20, outcome: 'missed' },
    { from: at(3), to: at(3), outcome: 'skipped' },
    { from: at(58), to: at(62), count: 5 },
    { from: at(61), to: at(61) },
  );
  expect(steps).toEqual([
    [0, [1, 5, 0]],
    [5, [0, 5, 0]],
    [55, [0, 0, 2]],
  ]);
});

it('says that not all of the ledger was looked at', async () => {
  const many = Array.from({ length: 201 }, (_, index) => ({ from: at(index / 10), to: at(index / 10) }));
  expect((await leftOut(...many)).truncated).toBe(true);
});
