import type { Exclusion, Part } from '../../domain/part.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { QueuedTasks } from '../../domain/queue-counts.js';
import type { Listing, Page } from '../../domain/listing.js';

export type { Page } from '../../domain/listing.js';

/** Which tasks a list shows; every member narrows it. */
export interface TaskFilter {
  state?: TaskState | undefined;
  /** Any of these states. */
  states?: readonly TaskState[] | undefined;
  tag?: string | undefined;
  /** All of these tags. */
  tags?: readonly string[] | undefined;
  queue?: string | undefined;
  /** A part of the name, in any case. */
  q?: string | undefined;
}

export const TASK_SORTS = ['name', 'nextRunAt', 'updatedAt'] as const;

/** By what a list is sorted: the name in any case, when the task is next due or its pause ends, its last change. */
export interface TaskSorting {
  by: (typeof TASK_SORTS)[number];
  order: 'asc' | 'desc';
}

/** A task of a sorted list, and its place there, which only the store that made it reads. */
export interface PlacedTask {
  id: string;
  place: string;
}

/** A bounded range of instants (epoch ms): `from` inclusive, `before` exclusive. */
export interface DueRange {
  from: number;
  before: number;
  limit: number;
}

/** A range of due tasks; with `shards`, only of these shards; with `parts`, only those in one of these. */
export interface DueTasks extends DueRange {
  shards?: readonly number[] | undefined;
  parts?: readonly Part[] | undefined;
  /** What is left out of these, by the stored need; the first `MOST_EXCLUSIONS` count. */
  without?: readonly Exclusion[] | undefined;
  /**
   * Of the tasks due at `from` itself, only those after the task with this id; some tasks of its shard may come again.
   */
  after?: string | undefined;
  /** Only of this organization. */
  organization?: string | undefined;
  /** Organization by organization, in an order that the store chooses; by instant only within each. */
  turns?: Turns | undefined;
}

/** Which organizations are read, one after the other: those after `after` in the store's order, without `except`. */
export interface Turns {
  /** The empty text for the first page. */
  after: string;
  except?: readonly string[] | undefined;
}

/** Reads the tasks for people, apart from the engine (see `RunReads`). */
export abstract class TaskReads {
  abstract get(organization: string, id: string): Promise<Task | null>;

  /** How many tasks the organization has; counting stops at `atMost`. */
  abstract count(organization: string, atMost: number): Promise<number>;

  /**
   * The organization's tasks by id descending (ids sort by creation time); with filters a bounded read, as for runs.
   */
  abstract list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>>;

  /**
   * The ids of the organization's tasks in another order than that of `list`, along an index: with filters a bounded read.
   * What is due nowhere comes last either way; the store chooses the order of those with the same key. `after` is a place
   * of this list; with another text, anything of the list may come.
   */
  abstract sorted(
    organization: string,
    sorting: TaskSorting,
    filter: TaskFilter,
    page: Page,
  ): Promise<Listing<PlacedTask>>;

  /**
   * Tasks of all organizations whose `wakeAt` lies in the range, by that instant, at most `limit`, and fewer if they
   * are large (`isLastPage`); tasks of one instant come in an order that the store chooses. A paused task is among them
   * only if the end of its pause lies in the range. With `shards`, only tasks of these shards (`shardOf`), and tasks
   * whose shard is unknown because an older program stored them. The same is true of `parts`, by the need that is
   * stored with each task (`storedNeedOf`): a task of an older program may come although it is in no part. With
   * `turns`, the cost does not grow with the due tasks of organizations that are passed over.
   */
  abstract dueBetween(range: DueTasks): Promise<Task[]>;

  /**
   * The tasks of the organization whose `wakeAt` is set, by their queues: the first `limit` of them by `wakeAt`. `now`
   * (epoch ms) tells which are due.
   */
  abstract queues(organization: string, now: number, limit: number): Promise<QueuedTasks[]>;

  /** The tasks of any organization with these ids, as far as they exist, in any order. */
  abstract byIds(ids: readonly string[]): Promise<Task[]>;

  /**
   * How many tasks there are in each state, over all organizations, counted up to `limit` of each. A task is completed
   * only when its last scheduled run has ended; for that, a bounded number of unfinished runs is examined.
   */
  abstract countByState(limit: number): Promise<Record<TaskState, number>>;
}
