import type { LedgerEntry } from '../domain/ledger.js';
import type { Task } from '../domain/task.js';
import { TaskReads } from './task.reads.js';

export type { DueRange, DueTasks, Page, TaskFilter, Turns } from './task.reads.js';

/** Where a task stands: each change moves it on to another generation, each claim to another next occurrence. */
export type Standing = Pick<Task, 'generation' | 'next'>;

/**
 * Keeps the tasks. Everything that a tenant can reach takes the organization first; what the engine alone asks spans
 * organizations and says so. Every write is durable when its promise resolves.
 */
export abstract class TaskStore extends TaskReads {
  /** Stores new tasks, all durable at once; resolves to the ids that were there already, whose tasks stay as they are. */
  abstract insert(tasks: readonly Task[]): Promise<Set<string>>;

  /**
   * Replaces the task, and records what the ledger says of occurrences that the change leaves behind, if it still stands
   * where `read`, of which the change was made, does; tells whether it did.
   */
  abstract replace(organization: string, task: Task, read: Standing, ledger?: readonly LedgerEntry[]): Promise<boolean>;

  /** Deletes the task if its stored generation is still `generation`; tells whether it was. */
  abstract remove(organization: string, id: string, generation: number): Promise<boolean>;

  /** The organization's active tasks with a trigger for events of this type. */
  abstract forEvent(organization: string, eventType: string): Promise<Task[]>;
}
