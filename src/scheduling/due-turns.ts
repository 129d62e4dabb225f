import { wakeAt, type Task } from '../domain/task.js';
import { DuePages } from './due-pages.js';
import type { DueTasks, TaskStore } from './task.store.js';

/** How many tasks a page has; on SQLite reading one holds up the process for some ten milliseconds. */
const PAGE = 1000;

/** What is left to be read of an organization of which one page did not hold everything. */
interface Crowd {
  organization: string;
  pages: DuePages;
}

/**
 * Reads the tasks due in a range page by page: first a page of each organization at the most, so that none waits behind
 * the crowd of another one, then in turns what is left of the crowds, each in the order of its instants.
 */
export class DueTurns {
  private after = '';
  private isThrough = false;
  private crowds: Crowd[] = [];

  /** Of the organizations `except` nothing is read. */
  constructor(
    private readonly tasks: Pick<TaskStore, 'dueBetween'>,
    private readonly range: Pick<DueTasks, 'from' | 'before' | 'shards'>,
    private readonly except: readonly string[] = [],
  ) {}

  /** Whether there is no further page. */
  get isExhausted(): boolean {
    return this.isThrough && this.crowds.length === 0;
  }

  /** Whether a page of each organization has been read. */
  get hasAskedAll(): boolean {
    return this.isThrough;
  }

  /** Organizations of which something is left, with the instant (epoch ms) before which everything has been read. */
  left(): Map<string, number> {
    return new Map(this.crowds.map(({ organization, pages }) => [organization, pages.readUntil]));
  }

  /** Reads the next page of an organization that is `wanted`; empty when there is none. @throws StoreUnavailableError */
  next(wanted: (organization: string) => boolean = () => true): Promise<Task[]> {
    return this.isThrough ? this.nextOfCrowd(wanted) : this.nextOfAll();
  }

  private async nextOfAll(): Promise<Task[]> {
    const turns = { after: this.after, except: this.except };
    const page = await this.tasks.dueBetween({ ...this.range, turns, limit: PAGE });
    const last = page[PAGE - 1];
    if (!last) this.isThrough = true;
    else {
      this.after = last.organization;
      const { organization, id } = last;
      const pages = new DuePages(this.tasks, { ...this.range, organization }, { from: wakeAt(last)!, after: id });
      this.crowds.push({ organization, pages });
    }
    return page;
  }

  private async nextOfCrowd(wanted: (organization: string) => boolean): Promise<Task[]> {
    const index = this.crowds.findIndex(({ organization }) => wanted(organization));
    if (index < 0) return [];
    const [crowd] = this.crowds.splice(index, 1);
    // Should it fail, nothing is known to be read.
    this.crowds.push(crowd!);
    const page = await crowd!.pages.next();
    if (crowd!.pages.isExhausted) this.crowds = this.crowds.filter((other) => other !== crowd);
    return page;
  }
}
