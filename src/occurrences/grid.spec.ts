import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aLedgerEntry, aTask, T0 } from '../../test/support/builders.js';
import { edgesOf, Grid } from './grid.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const task = aTask();
const run = (at: number, state: 'failed' | 'succeeded' | 'running', id = 'r') => ({ id, scheduledFor: at, state });

describe('the edges of cells', () => {
  it('cover the range, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.integer({ min: 1, max: 99 * HOUR_MS }), (from, length) => {
        const edges = edgesOf(from, from + length, HOUR_MS, 'Europe/Berlin');
        expect(edges[0]).toBeLessThanOrEqual(from);
        expect(edges.at(-1)).toBeGreaterThanOrEqual(from + length);
        expect(edges.every((edge, index) => index === 0 || edge > edges[index - 1]!)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('lie at the midnights of a zone, also where a day is shorter or longer', () => {
    const spring = edgesOf(Date.parse('2027-03-27T12:00Z'), Date.parse('2027-03-29T12:00Z'), DAY_MS, 'Europe/Berlin');
    expect(spring.slice(1).map((edge, index) => (edge - spring[index]!) / HOUR_MS)).toEqual([24, 23, 24]);
    const autumn = edgesOf(Date.parse('2027-10-30T12:00Z'), Date.parse('2027-11-01T12:00Z'), DAY_MS, 'Europe/Berlin');
    expect(autumn.slice(1).map((edge, index) => (edge - autumn[index]!) / HOUR_MS)).toEqual([24, 25, 24]);
    expect(edgesOf(T0, T0 + 1, DAY_MS)).toEqual([
      Math.floor(T0 / DAY_MS) * DAY_MS,
      Math.ceil((T0 + 1) / DAY_MS) * DAY_MS,
    ]);
  });
});

describe('a grid', () => {
  const edges = [0, 10, 20, 30];

  it('tells the worst of a cell, and the newest run with it', () => {
    const grid = new Grid(edges);
    for (const each of [run(5, 'succeeded', 'a'), run(4, 'failed', 'b'), run(3, 'failed', 'c')]) grid.addRun(each);
    grid.addRun(run(12, 'running', 'd'));
    grid.addRun(run(30, 'failed', 'outside'));
    grid.addPlanned(15, 2);
    grid.addPlanned(25, 3);
    grid.addPlanned(26, 0);
    expect(grid.filled).toEqual([
      { from: 0, to: 10, count: 3, worst: 'failed', outcomes: { succeeded: 1, failed: 2 }, runId: 'b' },
      { from: 10, to: 20, count: 1, worst: 'running', outcomes: { running: 1 }, runId: 'd', planned: 2 },
      { from: 20, to: 30, count: 0, worst: 'planned', outcomes: {}, planned: 3 },
    ]);
  });

  it('forgets the run where a stretch without one is worse', () => {
    const grid = new Grid(edges);
    grid.addRun(run(5, 'succeeded'));
    grid.addEntry(aLedgerEntry(task, { from: 5, to: 5, count: 1, outcome: 'missed' }));
    expect(grid.filled).toEqual([
      { from: 0, to: 10, count: 2, worst: 'missed', outcomes: { succeeded: 1, missed: 1 } },
    ]);
  });

  it('gives each occurrence of a stretch to one cell, and none of those outside to any', () => {
    const instant = fc.integer({ min: -50, max: 80 });
    fc.assert(
      fc.property(instant, fc.nat(60), fc.integer({ min: 1, max: 40 }), (from, length, count) => {
        const grid = new Grid(edges);
        grid.addEntry(aLedgerEntry(task, { from, to: from + length, count, outcome: 'skipped' }));
        const counted = grid.filled.reduce((sum, cell) => sum + cell.count, 0);
        expect(counted).toBeLessThanOrEqual(count);
        if (from >= 0 && from + length < 30) expect(counted).toBe(count);
        if (from + length < 0 || from >= 30) expect(counted).toBe(0);
        for (const cell of grid.filled) {
          expect(cell.to).toBeGreaterThan(from);
          expect(cell.from).toBeLessThanOrEqual(from + length);
        }
      }),
    );
  });

  it('spreads a stretch evenly', () => {
    const grid = new Grid(edges);
    grid.addEntry(aLedgerEntry(task, { from: 1, to: 25, count: 25, outcome: 'coalesced' }));
    expect(grid.filled.map(({ count }) => count)).toEqual([9, 10, 6]);
  });
});
