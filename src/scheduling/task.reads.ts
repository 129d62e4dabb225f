import type { Task, TaskState } from '../domain/task.js';
import type { Listing, Page } from './listing.js';

export type { Page } from './listing.js';

/** Which tasks a list shows; every member narrows it. */
export interface TaskFilter {
  state?: TaskState | undefined;
  tag?: string | undefined;
  /** A part of the name, whatever its case. */
  q?: string | undefined;
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
  /** Of this organization alone. */
  organization?: string | undefined;
  /** Organization after organization, in an order of the store's own, and only by the instant within each. */
  turns?: Turns | undefined;
}

/** Which organizations are read, one after the other: those that come after `after` in the store's order, without `except`. */
export interface Turns {
  /** The least text of all for the first. */
  after: string;
  except?: readonly string[] | undefined;
}

/** Reads the tasks for people, apart from the engine (`RunReads`). */
export abstract class TaskReads {
  abstract get(organization: string, id: string): Promise<Task | null>;

  /** How many tasks the organization has; of more than `atMost` only that there are as many. */
  abstract count(organization: string, atMost: number): Promise<number>;

  /** The organization's tasks, by id descending (ids sort by creation time); with filters a bounded look, as at runs. */
  abstract list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>>;

  /**
   * Tasks of all organizations whose `wakeAt` lies in the range, by that instant, those of one instant in an order
   * of the store's own, at most `limit`. Unless paused tasks have an end of their pause in it, they are not among them. With `shards`, those of these shards
   * (`shardOf`), and those whose shard is not known because an older program stored them. With `turns` what it costs does
   * not grow with the due tasks of those organizations that are passed over.
   */
  abstract dueBetween(range: DueTasks): Promise<Task[]>;

  /** The tasks of any organization with these ids, in any order, those that exist. */
  abstract byIds(ids: readonly string[]): Promise<Task[]>;

  /** How many tasks there are in each state, over all organizations. */
  abstract countByState(): Promise<Record<TaskState, number>>;
}
