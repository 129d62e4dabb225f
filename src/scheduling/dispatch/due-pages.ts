import { shardOf } from '../../domain/shards.js';
import { wakeAt, type Task } from '../../domain/task.js';
import { isLastPage } from '../ports/task-pages.js';
import type { DueTasks, TaskStore } from '../ports/task.store.js';

/** How many tasks a page has. On SQLite, reading a page blocks the process for about ten milliseconds. */
const PAGE = 1000;

/** Reads the tasks due in a range page by page, in the order of their instants; two pages may share a few tasks. */
export class DuePages {
  private place: { from: number; after?: string };
  private limit = PAGE;
  private exhausted = false;

  constructor(
    private readonly tasks: Pick<TaskStore, 'dueBetween'>,
    private readonly range: Pick<DueTasks, 'from' | 'before' | 'shards' | 'parts' | 'without' | 'organization'>,
    place: { from: number; after?: string } = { from: range.from },
  ) {
    this.place = place;
  }

  /** Whether there is no further page. */
  get isExhausted(): boolean {
    return this.exhausted;
  }

  /** The instant (epoch ms) before which everything in the range has been read. */
  get readUntil(): number {
    return this.exhausted ? this.range.before : this.place.from;
  }

  /** Reads the next page. @throws StoreUnavailableError */
  async next(): Promise<Task[]> {
    const page = await this.tasks.dueBetween({ ...this.range, ...this.place, limit: this.limit });
    if (isLastPage(page, this.limit)) this.exhausted = true;
    else this.goOnAfter(page.at(-1)!, page.length);
    return page;
  }

  private goOnAfter(last: Task, count: number): void {
    const { from, after } = this.place;
    this.place = { from: wakeAt(last)!, after: last.id };
    // Tasks of the last shard may come again, so a page within one instant and one shard may bring nothing new; a
    // larger page does.
    const isStuck = after !== undefined && this.place.from === from && shardOf(after) === shardOf(last.id);
    // A page that is limited by its bytes would not become larger. The rest of the instant is found once it is overdue.
    if (isStuck && count < this.limit) this.place = { from: this.place.from + 1 };
    this.limit = isStuck ? 2 * this.limit : PAGE;
  }
}
