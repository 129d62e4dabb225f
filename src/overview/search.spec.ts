import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import type { Listing, Page } from '../domain/listing.js';
import type { Task } from '../domain/task.js';
import type { TaskFilter, TaskReads } from '../scheduling/ports/task.reads.js';
import { SearchService } from './search.js';
import { TaskFacetsService } from './task-facets.js';

const NONE = { items: [], next: null };

/** A search over readers that find a task by its name only after so many reads. */
function searchAfter(reads: number) {
  const places: (string | undefined)[] = [];
  const list = ({ q }: TaskFilter, { after }: Page): Listing<Task> => {
    if (q === undefined) return NONE;
    places.push(after);
    if (places.length <= reads) return { items: [], next: `place ${places.length}` };
    return { items: [aTask({ id: 'a', definition: { name: 'old one' } })], next: null };
  };
  const tasks = {
    list: (_: string, filter: TaskFilter, page: Page) => Promise.resolve(list(filter, page)),
  } as TaskReads;
  const readers = { list: () => Promise.resolve(NONE), get: () => Promise.resolve(null) };
  const facets = new TaskFacetsService(tasks, new SettableClock(T0));
  return { search: new SearchService(tasks, readers as never, readers, facets), places };
}

describe('a search among many tasks', () => {
  it('looks on for a name that is not among the newest', async () => {
    const { search, places } = searchAfter(3);
    expect(await search.find('acme', 'old')).toMatchObject({ tasks: [{ name: 'old one' }], truncated: false });
    expect(places).toEqual([undefined, 'place 1', 'place 2', 'place 3']);
  });

  it('gives up after four reads, and says that there may be more', async () => {
    const { search, places } = searchAfter(4);
    expect(await search.find('acme', 'old')).toMatchObject({ tasks: [], truncated: true });
    expect(places).toHaveLength(4);
  });
});
