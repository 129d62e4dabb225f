import { wakeAt, type Task } from '../domain/task.js';
import type { DueTasks, TaskStore } from './task.store.js';

/** How many tasks a page has; on SQLite reading one holds up the process for some ten milliseconds. */
const PAGE = 1000;

/** Reads the tasks due in a range page by page, in the order of their instants. */
export class DuePages {
  private place: { from: number; after?: string };
  private exhausted = false;

  constructor(
    private readonly tasks: Pick<TaskStore, 'dueBetween'>,
    private readonly range: Pick<DueTasks, 'from' | 'before' | 'shards'>,
  ) {
    this.place = { from: range.from };
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
    const page = await this.tasks.dueBetween({ ...this.range, ...this.place, limit: PAGE });
    const last = page[PAGE - 1];
    if (last) this.place = { from: wakeAt(last)!, after: last.id };
    else this.exhausted = true;
    return page;
  }
}
