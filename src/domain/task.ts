import { isEventTrigger } from './event.js';
import type { TaskDefinition } from './task-definition.js';

export type TaskState = 'active' | 'paused' | 'completed';

/** An occurrence that lies ahead: its nominal time, and the instant at which it becomes due. Epoch ms. */
export interface Occurrence {
  scheduledFor: number;
  dueAt: number;
}

/** A definition with its identity and its place in time. Instants are epoch milliseconds. */
export interface Task {
  id: string;
  organization: string;
  definition: TaskDefinition;
  /** Why its record cannot be read, where that is so; then definition and secrets are stand-ins, which are not stored. */
  unreadable?: string;
  /** Secrets by name, each sealed under a key of the key ring. */
  secrets: Record<string, string>;
  state: TaskState;
  /** Why the task is paused; null when it is not. */
  pausedReason: string | null;
  /** When a paused task resumes by itself; null for never. */
  pausedUntil: number | null;
  /** The next occurrence, which alone decides what comes next; null when none is to come or the task is paused. */
  next: Occurrence | null;
  /**
   * Its time-driven occurrences count only after this instant: its creation, last change of triggers, or resumption;
   * while it is paused, the instant up to which they have had their turn.
   */
  since: number;
  /** Grows with every change, pause and resume: what was claimed under an older one is void. */
  generation: number;
  /** How many of its time-driven occurrences were claimed to run. */
  scheduledRuns: number;
  /** When the latest occurrence that was claimed is or was due (epoch ms); null when none was. */
  claimedUntil: number | null;
  /** What calendars left out up to this instant had been told by the latest change, pause or resumption (epoch ms). */
  toldUntil: number;
  createdAt: number;
  updatedAt: number;
}

/** The instant at which an instance has to look at the task: its next occurrence, or the end of its pause. */
export const wakeAt = (task: Task): number | null => task.next?.dueAt ?? task.pausedUntil;

/** The event types that the task waits for, each once. */
export const eventTypesOf = (task: Task): string[] => [
  ...new Set(task.definition.triggers.flatMap((trigger) => (isEventTrigger(trigger) ? [trigger.event] : []))),
];

/** The tenant-visible version of a task, as in its ETag. */
export const versionOf = (task: Task): string => String(task.generation);
