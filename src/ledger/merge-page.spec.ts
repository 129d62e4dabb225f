import { describe, expect, it } from '@jest/globals';
import { aLedgerEntry, aRun, aTask, T0 } from '../../test/support/builders.js';
import { mergePage, type LedgerPosition, type Outcome } from './merge-page.js';

const task = aTask();
const run = (at: number) => aRun({ scheduledFor: T0 + at, taskId: task.id });
const entry = (from: number, to: number) => aLedgerEntry(task, { from: T0 + from, to: T0 + to });
const timesOf = (items: Outcome[]) =>
  items.map((item) => ('run' in item ? item.run.scheduledFor - T0 : `${item.entry.from - T0}-${item.entry.to - T0}`));

describe('mergePage', () => {
  const runs = [run(1), run(2), run(6), run(7)];
  const entries = [entry(0, 0), entry(3, 5), entry(8, 20)];

  it('orders runs and entries by their first instants', () => {
    const page = mergePage(runs, entries, 10, null);
    expect(timesOf(page.items)).toEqual(['0-0', 1, 2, '3-5', 6, 7, '8-20']);
    expect(page.next).toBeNull();
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('goes on where a page of %d ended', (limit) => {
    const shown: Outcome[] = [];
    let after: LedgerPosition | null = null;
    do {
      const rest: { runs: typeof runs; entries: typeof entries } = {
        runs: runs.filter(({ id }) => !after?.runId || id > after.runId).slice(0, limit + 1),
        entries: entries.filter(({ from }) => !after?.entry || from > after.entry.from).slice(0, limit + 1),
      };
      const page: ReturnType<typeof mergePage> = mergePage(rest.runs, rest.entries, limit, after);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      shown.push(...page.items);
      after = page.next;
    } while (after);
    expect(timesOf(shown)).toEqual(['0-0', 1, 2, '3-5', 6, 7, '8-20']);
  });

  it('is empty where there is nothing', () => {
    expect(mergePage([], [], 10, null)).toEqual({ items: [], next: null });
  });
});
