import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../domain/errors.js';
import type { Listing } from '../../domain/listing.js';
import type { Task } from '../../domain/task.js';
import { RunReads } from '../ports/run.reads.js';
import { TaskReads, type Page, type TaskFilter, type TaskSorting } from '../ports/task.reads.js';

/**
 * Shows completed tasks as active until their last run has ended: they are stored as completed when their last
 * occurrence is claimed.
 */
@Injectable()
export class ShownTasks {
  constructor(
    private readonly reads: TaskReads,
    private readonly runs: RunReads,
  ) {}

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<Task> {
    const task = await this.reads.get(organization, id);
    if (!task) throw new NotFoundError('task', id);
    return (await this.asOf([task]))[0]!;
  }

  /** Lists tasks like `TaskReads.list`, but counts a task as completed only when its last run has ended. */
  async list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    const { items, next } = await this.reads.list(organization, filter, page);
    const tasks = await this.asOf(items);
    return { items: tasks.filter((task) => hasState(task, filter)), next };
  }

  /** Lists tasks like `TaskReads.sorted`, and shows them like `list`. */
  async sorted(
    organization: string,
    sorting: TaskSorting,
    filter: TaskFilter,
    page: Page,
  ): Promise<Listing<{ task: Task; place: string }>> {
    const { items, next } = await this.reads.sorted(organization, sorting, filter, page);
    if (items.length === 0) return { items: [], next };
    const found = await this.asOf(await this.reads.byIds(items.map(({ id }) => id)));
    const tasks = new Map(found.filter((task) => hasState(task, filter)).map((task) => [task.id, task]));
    return {
      items: items.flatMap(({ id, place }) => (tasks.has(id) ? [{ task: tasks.get(id)!, place }] : [])),
      next,
    };
  }

  /** The tasks as they are shown. */
  async asOf(tasks: Task[]): Promise<Task[]> {
    const completed = tasks.filter(({ state, claimedUntil }) => state === 'completed' && claimedUntil !== null);
    if (completed.length === 0) return tasks;
    const underWay = await this.runs.underWayAmong(completed.map(({ id }) => id));
    return tasks.map((task) =>
      task.state === 'completed' && underWay.has(task.id) ? { ...task, state: 'active' } : task,
    );
  }
}

const hasState = ({ state }: Task, wanted: TaskFilter): boolean =>
  (wanted.state === undefined || state === wanted.state) && (wanted.states?.includes(state) ?? true);
