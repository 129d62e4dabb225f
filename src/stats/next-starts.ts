import { Injectable } from '@nestjs/common';
import type { Occurrence, Task } from '../domain/task.js';
import { isLastPage } from '../scheduling/ports/task-pages.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';

/** How many tasks of all organizations are checked, earliest due first. */
const MOST_DUE = 500;
/** How many of the organization's own tasks are checked if that does not suffice, newest first. */
const MOST_OWN = 1000;
const PAGE = 200;

/** A task that starts soon. */
export interface NextStart extends Occurrence {
  taskId: string;
  name: string;
}

/** Finds the coming starts of an organization without an index of its own, which every claim would have to update. */
@Injectable()
export class NextStarts {
  constructor(private readonly store: TaskReads) {}

  /**
   * The first `count` starts at `now` (epoch ms) or later; with more tasks than are checked, some starts may be
   * missing.
   */
  async of(organization: string, now: number, count: number): Promise<NextStart[]> {
    const due = await this.store.dueBetween({ from: now, before: Number.MAX_SAFE_INTEGER, limit: MOST_DUE });
    const soonest = startsOf(due.filter((task) => task.organization === organization));
    if (soonest.length >= count || isLastPage(due, MOST_DUE)) return soonest.slice(0, count);
    const own = (await this.own(organization)).filter(({ dueAt }) => dueAt >= now).sort(byTime);
    const known = new Set(soonest.map(({ taskId }) => taskId));
    return [...soonest, ...own.filter(({ taskId }) => !known.has(taskId))].slice(0, count);
  }

  /** Keeps only the needed part of each page. */
  private async own(organization: string): Promise<NextStart[]> {
    const starts: NextStart[] = [];
    let looked = 0;
    for (let after: string | undefined; looked < MOST_OWN;) {
      const { items, next } = await this.store.list(organization, { state: 'active' }, { after, limit: PAGE });
      looked += items.length;
      starts.push(...startsOf(items));
      if (next === null) break;
      after = next;
    }
    return starts;
  }
}

const startsOf = (tasks: readonly Task[]): NextStart[] =>
  tasks.flatMap(({ id, definition: { name }, next }) => (next ? [{ taskId: id, name, ...next }] : [])).sort(byTime);

const byTime = (a: Occurrence, b: Occurrence): number => a.dueAt - b.dueAt;
