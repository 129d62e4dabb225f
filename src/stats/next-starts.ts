import { Injectable } from '@nestjs/common';
import type { Occurrence, Task } from '../domain/task.js';
import { TaskReads } from '../scheduling/task.reads.js';

/** How many tasks of all organizations, those due first, are looked at. */
const MOST_DUE = 500;
/** How many of the organization's own tasks are looked at where that does not suffice, those created last first. */
const MOST_OWN = 1000;
const PAGE = 200;

/** A task that starts soon. */
export interface NextStart extends Occurrence {
  taskId: string;
  name: string;
}

/** Finds the coming starts of an organization without an index of its own, which every claim would have to maintain. */
@Injectable()
export class NextStarts {
  constructor(private readonly store: TaskReads) {}

  /** The first `count` starts at `now` (epoch ms) or later; of more tasks than are looked at some may be missing. */
  async of(organization: string, now: number, count: number): Promise<NextStart[]> {
    const due = await this.store.dueBetween({ from: now, before: Number.MAX_SAFE_INTEGER, limit: MOST_DUE });
    const soonest = startsOf(due.filter((task) => task.organization === organization));
    if (soonest.length >= count || due.length < MOST_DUE) return soonest.slice(0, count);
    const own = startsOf(await this.own(organization)).filter(({ dueAt }) => dueAt >= now);
    const known = new Set(soonest.map(({ taskId }) => taskId));
    return [...soonest, ...own.filter(({ taskId }) => !known.has(taskId))].slice(0, count);
  }

  private async own(organization: string): Promise<Task[]> {
    const tasks: Task[] = [];
    for (let after: string | undefined; tasks.length < MOST_OWN;) {
      const { items, next } = await this.store.list(organization, { state: 'active' }, { after, limit: PAGE });
      tasks.push(...items);
      if (next === null) break;
      after = next;
    }
    return tasks;
  }
}

const startsOf = (tasks: readonly Task[]): NextStart[] =>
  tasks
    .flatMap(({ id, definition: { name }, next }) => (next ? [{ taskId: id, name, ...next }] : []))
    .sort((a, b) => a.dueAt - b.dueAt);
