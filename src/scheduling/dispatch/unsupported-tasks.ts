import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../../domain/bounded-cache.js';
import type { Lack } from '../../cluster/instance-work.js';
import { Ownership } from '../../cluster/ownership.js';
import { OwnWork } from '../../cluster/own-work.js';
import type { Task } from '../../domain/task.js';

/** How many of them are known at most. */
const MOST = 10_000;

/**
 * Tasks that this instance cannot run: of a queue that it does not work, for a handler that it does not have, or with a
 * trigger type of another host application. They are left to instances that can.
 */
@Injectable()
export class UnsupportedTasks {
  private readonly found = boundedCache<true>(MOST);
  private readonly told = boundedCache<true>(MOST);
  private readonly logger = new Logger(UnsupportedTasks.name);

  constructor(
    private readonly work: OwnWork,
    private readonly ownership: Ownership,
  ) {}

  /**
   * How many were found that the store cannot leave out. A search for overdue tasks must ask for that many more to find
   * one that can run here.
   */
  get size(): number {
    return this.found.size;
  }

  /** The tasks that can run here. */
  leaveOut(tasks: readonly Task[]): Task[] {
    return tasks.filter((task) => this.canRun(task));
  }

  /** Whether the task can run here; each kind of those that cannot is logged when it is first found. */
  canRun(task: Task): boolean {
    if (this.work.can(task)) return this.found.delete(task.id) || true;
    const lack = this.work.lackFor(task);
    if (lack) this.tell(lack);
    if (lack?.kind === 'trigger-type') this.found.set(task.id, true);
    else if (!this.work.isPaused(task)) this.ownership.meetForeign();
    return false;
  }

  private tell({ kind, name }: Lack): void {
    const key = `${kind} ${name}`;
    if (this.told.has(key)) return;
    this.told.set(key, true);
    this.logger.log(`Tasks are left to other instances: ${SENTENCES[kind](name)}.`);
  }
}

const SENTENCES: Record<Lack['kind'], (name: string) => string> = {
  work: () => 'this one runs none',
  queue: (name) => `this one does not work the queue "${name}"`,
  handler: (name) => `this one has no handler "${name}"`,
  action: (name) => `this one has no action of the type "${name}"`,
  'paused-queue': (name) => `the queue "${name}" is paused`,
  'trigger-type': (name) => `this one has not registered the trigger type "${name}"`,
};
