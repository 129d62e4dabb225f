import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../domain/errors.js';
import type { Listing } from '../../domain/listing.js';
import type { Task } from '../../domain/task.js';
import { RunReads } from '../ports/run.reads.js';
import { TaskReads, type Page, type TaskFilter } from '../ports/task.reads.js';

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
    return { items: filter.state ? tasks.filter(({ state }) => state === filter.state) : tasks, next };
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
