import type { LedgerEntry } from '../domain/ledger.js';
import type { Task, TaskState } from '../domain/task.js';

/** Which tasks a list shows; every member narrows it. */
export interface TaskFilter {
  state?: TaskState | undefined;
  tag?: string | undefined;
  /** A part of the name, whatever its case. */
  q?: string | undefined;
}

/** A stretch of a list, newest id first. */
export interface Page {
  /** Only what comes after this id. */
  after?: string | undefined;
  limit: number;
}

/** A bounded range of instants (epoch ms): `from` inclusive, `before` exclusive. */
export interface DueRange {
  from: number;
  before: number;
  limit: number;
}

/** A range of due tasks, of these shards only when they are named. */
export interface DueTasks extends DueRange {
  shards?: readonly number[] | undefined;
  /** Of the tasks due at `from` itself only those that come after the one of this id; some of its shard may come again. */
  after?: string | undefined;
}

/** Where a task stands: each change moves it on to another generation, each claim to another next occurrence. */
export type Standing = Pick<Task, 'generation' | 'next'>;

/**
 * Keeps the tasks. Everything that a tenant can reach takes the organization first; what the engine alone asks spans
 * organizations and says so. Every write is durable when its promise resolves.
 */
export abstract class TaskStore {
  /** Stores new tasks, all durable at once; resolves to the ids that were there already, whose tasks stay as they are. */
  abstract insert(tasks: readonly Task[]): Promise<Set<string>>;

  abstract get(organization: string, id: string): Promise<Task | null>;

  /** How many tasks the organization has; of more than `atMost` only that there are as many. */
  abstract count(organization: string, atMost: number): Promise<number>;

  /** The organization's tasks, by id descending (ids sort by creation time). */
  abstract list(organization: string, filter: TaskFilter, page: Page): Promise<Task[]>;

  /**
   * Replaces the task, and records what the ledger says of occurrences that the change leaves behind, if it still stands
   * where `read`, of which the change was made, does; tells whether it did.
   */
  abstract replace(organization: string, task: Task, read: Standing, ledger?: readonly LedgerEntry[]): Promise<boolean>;

  /** Deletes the task if its stored generation is still `generation`; tells whether it was. */
  abstract remove(organization: string, id: string, generation: number): Promise<boolean>;

  /** The organization's active tasks with a trigger for events of this type. */
  abstract forEvent(organization: string, eventType: string): Promise<Task[]>;

  /**
   * Engine: tasks of all organizations whose `wakeAt` lies in the range, by that instant, those of one instant in an order
   * of the store's own, at most `limit`. Unless paused tasks have an end of their pause in it, they are not among them. With `shards`, those of these shards
   * (`shardOf`), and those whose shard is not known because an older program stored them.
   */
  abstract dueBetween(range: DueTasks): Promise<Task[]>;

  /** Engine: the tasks with these ids, in any order, those that exist. */
  abstract byIds(ids: readonly string[]): Promise<Task[]>;

  /** Engine: how many tasks there are in each state, over all organizations. */
  abstract countByState(): Promise<Record<TaskState, number>>;
}
