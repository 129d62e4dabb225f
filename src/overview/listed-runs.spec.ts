import { expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { newId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { EventReads } from '../events/event.store.js';
import type { RunReads } from '../scheduling/ports/run.reads.js';
import type { TaskReads } from '../scheduling/ports/task.reads.js';
import { ListedRuns } from './listed-runs.js';
import type { MendedFailures } from './mended.js';

/** An endless list of failures, all mended, of which each part takes so many ms. */
function endless(tookMs: number) {
  let [now, parts] = [0, 0];
  const clock = Object.assign(new SettableClock(0), { monotonic: () => now });
  const list = () => {
    parts++;
    now += tookMs;
    const items = [{ id: newId(0), taskId: 't', state: 'failed' } as Run];
    return Promise.resolve({ items, next: items[0]!.id });
  };
  const among = (_: string, failures: readonly Run[]) => Promise.resolve(new Set(failures.map(({ id }) => id)));
  const tasks = { byIds: () => Promise.resolve([]) };
  const listed = new ListedRuns(
    { list } as unknown as RunReads,
    tasks as unknown as TaskReads,
    {} as EventReads,
    { among } as unknown as MendedFailures,
    clock,
  );
  return { listed, parts: () => parts };
}

it.each([
  [0, 4],
  [20, 1],
])('looks for failures that nothing has mended as far as time allows: parts of %i ms, %i of them', async (ms, most) => {
  const { listed, parts } = endless(ms);
  const listing = await listed.of('acme', { states: ['failed'], unmended: true });
  const { items, next } = await listing.read({ limit: 10 });
  expect(items).toEqual([]);
  expect(next).not.toBeNull();
  expect(parts()).toBe(most);
});
