import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Task } from '../domain/task.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';

/**
 * Tasks with a trigger of a type that is registered on other instances only. They are left for those: without the type
 * nobody could say what comes next.
 */
@Injectable()
export class ForeignTasks {
  private readonly found = new LRUCache<string, true>({ max: 10_000 });
  private readonly logger = new Logger(ForeignTasks.name);

  constructor(private readonly resolver: TriggerResolver) {}

  /** How many were found; so many overdue tasks more have to be asked for to find one of ours. */
  get size(): number {
    return this.found.size;
  }

  /** The tasks that are not foreign; each of the others is logged the first time. */
  leaveOut(tasks: readonly Task[]): Task[] {
    return tasks.filter((task) => {
      if (this.resolver.knows(task)) return this.found.delete(task.id) || true;
      if (!this.found.has(task.id)) this.warn(task);
      this.found.set(task.id, true);
      return false;
    });
  }

  private warn({ id, organization, definition }: Task): void {
    const types = definition.triggers.map(({ type }) => type).join(', ');
    this.logger.warn(
      `Task ${id} of ${organization} is left to another instance: not all its trigger types are registered here (${types}).`,
    );
  }
}
