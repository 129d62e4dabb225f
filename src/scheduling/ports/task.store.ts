import type { LedgerEntry } from '../../domain/ledger.js';
import type { Listing } from '../../domain/listing.js';
import type { Task } from '../../domain/task.js';
import type { Telling } from '../../domain/telling.js';
import { TaskReads } from './task.reads.js';

export type { DueRange, DueTasks, Page, PlacedTask, TaskFilter, TaskSorting, Turns } from './task.reads.js';

/**
 * The version of a task that a change is based on: each change brings another generation, each claim another next
 * occurrence.
 */
export type Standing = Pick<Task, 'generation' | 'next'>;

/** Tells one definition of a task from the others that it has had, and from those of a task that had its id before. */
export type TaskVersion = Pick<Task, 'id' | 'generation' | 'createdAt' | 'updatedAt'>;

export const versionOf = ({ id, generation, createdAt, updatedAt }: Task): TaskVersion => ({
  id,
  generation,
  createdAt,
  updatedAt,
});

/**
 * Keeps the tasks. Everything that a tenant can reach takes the organization first; what only the engine asks spans
 * organizations and says so. Every write is durable when its promise resolves.
 */
export abstract class TaskStore extends TaskReads {
  /**
   * Stores new tasks and what is told of them, all durable at once; resolves to the ids that existed already, whose tasks
   * stay as they are.
   */
  abstract insert(tasks: readonly Task[], tellings?: readonly Telling[]): Promise<Set<string>>;

  /**
   * Replaces the task and stores the ledger entries for the occurrences that the change leaves behind, and what is told
   * of it, if the stored task still stands as `read`, on which the change is based; resolves to whether it did.
   */
  abstract replace(
    organization: string,
    task: Task,
    read: Standing,
    ledger?: readonly LedgerEntry[],
    tellings?: readonly Telling[],
  ): Promise<boolean>;

  /**
   * Deletes the task, and stores what is told of that, if its stored generation is still `generation`; resolves to
   * whether it was.
   */
  abstract remove(
    organization: string,
    id: string,
    generation: number,
    tellings?: readonly Telling[],
  ): Promise<boolean>;

  /**
   * The organization's active and paused tasks with a trigger for events of this type, by id: those after `after`, as many as fit
   * into `bytes` (default: MOST_READ_BYTES), at least one. With `terms`, at least those of them that are under one of these
   * (`termsOfTask`) or under `anyTerm`; others may be among them.
   */
  abstract forEvent(
    organization: string,
    eventType: string,
    after?: string,
    bytes?: number,
    terms?: readonly string[],
  ): Promise<Listing<Task>>;

  /** The versions of the tasks that `forEvent` brings with these terms, by id: those after `after`, at most MOST_READ. */
  abstract versionsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    terms: readonly string[],
  ): Promise<Listing<TaskVersion>>;

  /**
   * The shapes (`addShapes`) by which tasks of the organization are indexed, at most MOST_SHAPES: one is there before the first
   * task that is only found by it, and stays. A store without such an index has none.
   */
  abstract eventShapes(organization: string): Promise<string[]>;

  /** Of these tasks those that are completed, each with its generation; spans organizations. */
  abstract completedAmong(ids: readonly string[]): Promise<Map<string, number>>;

  /** Of these tasks those that exist; spans organizations. */
  abstract existingAmong(ids: readonly string[]): Promise<Set<string>>;

  /** The ids of all tasks that `forEvent` brings without terms, by id: those after `after`, at most `limit`. */
  abstract idsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]>;
}
