import type { Page } from '../../domain/listing.js';
import type { Turns } from '../../scheduling/ports/task.reads.js';
import type { EventWindow } from './event-window.js';

/** A window, and the version of it that was read; null for one that is not stored. */
export interface WindowChange {
  window: EventWindow;
  read: string | null;
}

/** What names a version of a window. */
export type WindowVersion = Pick<EventWindow, 'id' | 'version'>;

/** A window that something has to be done about, without what it holds. */
export type DueEventWindow = Pick<EventWindow, 'id' | 'organization' | 'taskId' | 'dueAt'>;

/** Which windows something has to be done about. */
export interface DueEventWindows {
  /** Those due before this instant (epoch ms). */
  before: number;
  limit: number;
  /** Only of tasks of these shards. */
  shards?: readonly number[] | undefined;
  /** Organization by organization, in an order that the store chooses; by `dueAt` only within each. */
  turns?: Turns | undefined;
}

/** How much is held: windows of an organization and of one of its tasks, and the bytes of all of the organization's. */
export interface WindowUsage {
  windows: number;
  ofTask: number;
  bytes: number;
}

/** Reads the windows of event triggers for people, apart from the engine. */
export abstract class EventWindowReads {
  /** The windows of the task, by descending id. */
  abstract ofTask(organization: string, taskId: string, page: Page): Promise<EventWindow[]>;
}

/** Keeps the windows of event triggers. What is written is durable when its promise resolves. */
export abstract class EventWindowStore extends EventWindowReads {
  /** Those of these windows that exist, of any organization, in any order. */
  abstract byIds(ids: readonly string[]): Promise<EventWindow[]>;

  /**
   * Stores each of these windows, if its stored version is still the one that was read; resolves to the ids of those that
   * were. Each id comes once.
   */
  abstract write(changes: readonly WindowChange[]): Promise<Set<string>>;

  /** Deletes the windows that are still of this version. */
  abstract remove(windows: readonly WindowVersion[]): Promise<void>;

  /** Sets when something is to be done about the windows that are still of this version, which they keep. */
  abstract postpone(windows: readonly WindowVersion[], dueAt: number): Promise<void>;

  /** Engine: windows of all organizations that are due, by `dueAt`. */
  abstract due(range: DueEventWindows): Promise<DueEventWindow[]>;

  /** How much is held, as of the organization's first `most` windows. */
  abstract usage(organization: string, taskId: string, most: number): Promise<WindowUsage>;
}
