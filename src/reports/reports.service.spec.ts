import { expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { Turns } from '../clock/turns.js';
import { newId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { RunReads } from '../scheduling/ports/run.reads.js';
import type { Page, TaskReads } from '../scheduling/ports/task.reads.js';
import { MOST_RUNS, ReportsService } from './reports.service.js';

const T0 = Date.parse('2027-01-31T00:00:00Z');

/** An endless list of runs with such an output, and how many each read was asked for. */
function endless(output: string) {
  const asked: number[] = [];
  const list = (_organization: string, _filter: object, { limit }: Page) => {
    asked.push(limit);
    const id = newId(T0);
    const run = { id, taskId: 't', scheduledFor: T0, state: 'succeeded', latenessMs: 0, startedAt: T0, finishedAt: T0 };
    const items = Array.from({ length: limit }, () => ({ ...run, output: { text: output } }) as unknown as Run);
    return Promise.resolve({ items, next: id });
  };
  const runs = { list, ledger: () => Promise.resolve([]) };
  const tasks = { list: () => Promise.resolve({ items: [], next: null }), byIds: () => Promise.resolve([]) };
  const clock = new SettableClock(T0);
  const turns = new Turns(clock);
  const service = new ReportsService(runs as unknown as RunReads, tasks as unknown as TaskReads, turns, clock);
  return { asked, report: () => service.make('acme', { by: 'task', from: T0, to: T0 + 1000 }) };
}

it('reads so many runs at a time as are small together, and never more than a report counts', async () => {
  const small = endless('');
  expect((await small.report()).total.runs).toBe(MOST_RUNS);
  expect(Math.max(...small.asked)).toBe(200);
  const large = endless('x'.repeat(60_000));
  expect((await large.report()).total.runs).toBe(MOST_RUNS);
  expect(Math.max(...large.asked)).toBe(16);
  expect(large.asked.slice(1).every((count) => count <= 8)).toBe(true);
});
