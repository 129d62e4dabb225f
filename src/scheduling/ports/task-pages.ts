import { sizeOfTasks } from '../../domain/held-size.js';
import type { Task } from '../../domain/task.js';

/** How many bytes of tasks one read returns at most, not counting the last task. */
export const MOST_READ_BYTES = 8_388_608;

/** Whether a page is the last one: it is short, and not because of large tasks. */
export const isLastPage = (page: readonly Task[], limit: number): boolean =>
  page.length < limit && sizeOfTasks(page) < MOST_READ_BYTES / 2;

/** How many tasks one read returns at most, however small they are, if its caller sets no limit. */
export const MOST_READ = 1000;

/** How many of the first items fit into one read, by the bytes of each; at least one. */
export function fitting(sizes: readonly number[], most = MOST_READ_BYTES): number {
  let bytes = 0;
  for (const [index, size] of sizes.entries()) {
    if (bytes >= most) return index;
    bytes += size;
  }
  return sizes.length;
}
