import { shardOf } from '../domain/shards.js';
import { wakeAt, type Task } from '../domain/task.js';
import type { DueTasks, TaskStore } from './task.store.js';

/** How many tasks a page has; on SQLite reading one holds up the process for some ten milliseconds. */
const PAGE = 1000;

/** Reads the tasks due in a range page by page, in the order of their instants; two pages may share a few. */
export class DuePages {
  private place: { from: number; after?: string };
  private limit = PAGE;
  private exhausted = false;

  constructor(
    private readonly tasks: Pick<TaskStore, 'dueBetween'>,
    private readonly range: Pick<DueTasks, 'from' | 'before' | 'shards' | 'organization'>,
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
    const last = page[this.limit - 1];
    if (last) this.goOnAfter(last);
    else this.exhausted = true;
    return page;
  }

  private goOnAfter(last: Task): void {
    const { from, after } = this.place;
    this.place = { from: wakeAt(last)!, after: last.id };
    // Where a shard comes again, a page of one instant and one shard may bring nothing new: a larger one does.
    const isStuck = after !== undefined && this.place.from === from && shardOf(after) === shardOf(last.id);
    this.limit = isStuck ? 2 * this.limit : PAGE;
  }
}
