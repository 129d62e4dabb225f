import type { Listing } from '../domain/listing.js';
import type { Task } from '../domain/task.js';
import type { Page, TaskFilter, TaskReads } from '../scheduling/ports/task.reads.js';

const PAGE: Page['limit'] = 200;

/**
 * The newest tasks of an organization, a page at a time: `most` of them at most, and fewer where they are large, since then a
 * read brings few. Those were all if the last page has no `next`.
 */
export async function* newestTasks(
  tasks: Pick<TaskReads, 'list'>,
  organization: string,
  most: number,
  filter: TaskFilter = {},
): AsyncGenerator<Listing<Task>> {
  let after: string | undefined;
  for (let reads = 0; reads < most / PAGE; reads++) {
    const page = await tasks.list(organization, filter, { after, limit: PAGE });
    yield page;
    if (page.next === null) return;
    after = page.next;
  }
}
