import { wakeAt, type Task } from '../../domain/task.js';
import { DuePages } from './due-pages.js';
import { isLastPage } from '../ports/task-pages.js';
import type { DueTasks, TaskStore } from '../ports/task.store.js';

/** How many tasks a page has. On SQLite, reading a page blocks the process for about ten milliseconds. */
const PAGE = 1000;

/** What is left to read of an organization that did not fit on one page. */
interface Crowd {
  organization: string;
  pages: DuePages;
}

/**
 * Reads the tasks due in a range page by page: first at most one page of each organization, so that none waits behind
 * the crowd of another; then the rest of the crowds in turns, each in the order of its instants.
 */
export class DueTurns {
  private after = '';
  private isThrough = false;
  private crowds: Crowd[] = [];

  /** Nothing is read of the organizations in `except`. */
  constructor(
    private readonly tasks: Pick<TaskStore, 'dueBetween'>,
    private readonly range: Pick<DueTasks, 'from' | 'before' | 'shards' | 'parts' | 'without'>,
    private readonly except: readonly string[] = [],
  ) {}

  /** Whether there is no further page. */
  get isExhausted(): boolean {
    return this.isThrough && this.crowds.length === 0;
  }

  /** Whether nothing is left to read but of organizations that are not `wanted`. */
  isDone(wanted: (organization: string) => boolean): boolean {
    return this.isThrough && !this.crowds.some(({ organization }) => wanted(organization));
  }

  /** Whether a page of each organization has been read. */
  get hasAskedAll(): boolean {
    return this.isThrough;
  }

  /** Organizations with tasks left to read, and the instant (epoch ms) before which everything has been read. */
  left(): Map<string, number> {
    return new Map(this.crowds.map(({ organization, pages }) => [organization, pages.readUntil]));
  }

  /**
   * Reads the next page; once each organization has had a page, one of an organization that is `wanted`. Empty when
   * there is none. @throws StoreUnavailableError
   */
  next(wanted: (organization: string) => boolean = () => true): Promise<Task[]> {
    return this.isThrough ? this.nextOfCrowd(wanted) : this.nextOfAll();
  }

  private async nextOfAll(): Promise<Task[]> {
    const turns = { after: this.after, except: this.except };
    const page = await this.tasks.dueBetween({ ...this.range, turns, limit: PAGE });
    const last = isLastPage(page, PAGE) ? undefined : page.at(-1);
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
    // If the read fails, nothing counts as read.
    this.crowds.push(crowd!);
    const page = await crowd!.pages.next();
    if (crowd!.pages.isExhausted) this.crowds = this.crowds.filter((other) => other !== crowd);
    return page;
  }
}
