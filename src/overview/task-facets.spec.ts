import { expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import type { TaskReads } from '../scheduling/ports/task.reads.js';
import { aTask } from '../../test/support/builders.js';
import { MOST_COUNTED, TaskFacetsService } from './task-facets.js';

/** Tasks without end, of which a read brings so many, and how often they were read. */
function tasksIn(parts: number) {
  const read = { times: 0 };
  const list = (): ReturnType<TaskReads['list']> => {
    read.times++;
    return Promise.resolve({ items: Array.from({ length: parts }, () => aTask()), next: 'further' });
  };
  return { read, facets: new TaskFacetsService({ list } as unknown as TaskReads, new SettableClock(0)) };
}

it('counts the newest tasks', async () => {
  const { facets } = tasksIn(200);
  const { looked, truncated, states } = await facets.of('acme');
  expect([looked, truncated, states]).toEqual([MOST_COUNTED, true, [{ value: 'active', count: MOST_COUNTED }]]);
});

it('reads no oftener where the tasks are so large that a read brings one', async () => {
  const { read, facets } = tasksIn(1);
  expect(await facets.of('acme')).toMatchObject({ looked: 10, truncated: true });
  expect(read.times).toBe(10);
});
