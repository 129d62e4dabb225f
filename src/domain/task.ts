import { awaitedBy } from './event.js';
import type { Makers } from './makers.js';
import type { Repeats } from './repeats.js';
import type { Skip } from './skip.js';
import type { TaskDefinition } from './task-definition.js';

export type TaskState = 'active' | 'paused' | 'completed';

/** A coming occurrence: its nominal time, and the instant at which it becomes due. Epoch ms. */
export interface Occurrence {
  scheduledFor: number;
  dueAt: number;
}

/** A definition with its identity and state. Instants are epoch milliseconds. */
export interface Task {
  id: string;
  organization: string;
  definition: TaskDefinition;
  /** Why the record cannot be read, if so; definition and secrets are then stand-ins, which are not stored. */
  unreadable?: string;
  /** Secrets by name, each sealed under a key of the key ring. */
  secrets: Record<string, string>;
  state: TaskState;
  /** Why the task is paused; null when it is not. */
  pausedReason: string | null;
  /** When a paused task resumes by itself; null for never. */
  pausedUntil: number | null;
  /** The next occurrence, which alone decides what comes next; null when there is none or the task is paused. */
  next: Occurrence | null;
  /**
   * Time-driven occurrences count only after this instant: the task's creation, last change of triggers, or resumption;
   * while the task is paused, the instant up to which occurrences have been handled.
   */
  since: number;
  /** Increases with every change, pause and resume: claims under an older generation are void. */
  generation: number;
  /** How many time-driven occurrences were claimed to run. */
  scheduledRuns: number;
  /** When the latest claimed occurrence is or was due (epoch ms); null when none was claimed. */
  claimedUntil: number | null;
  /** The latest change, pause or resumption had accounted for calendar exclusions up to this instant (epoch ms). */
  toldUntil: number;
  /** Occurrences that somebody has skipped, in order of time; those that the ledger tells of may be gone. */
  skips?: readonly Skip[];
  /** What comes again since the clock was set back, if it ever was. */
  repeats?: Repeats;
  /** Who made it what it is. */
  makers?: Makers;
  createdAt: number;
  updatedAt: number;
}

/** The instant at which an instance has to act on the task: its next occurrence, or the end of its pause. */
export const wakeAt = (task: Task): number | null => task.next?.dueAt ?? task.pausedUntil;

/** Whether the task is taken up ahead of that instant: an occurrence, to be claimed; the end of a pause must not be. */
export const isTakenUpAhead = ({ next }: Pick<Task, 'next'>): boolean => next !== null;

/** The event types that the task waits for, each once. */
export const eventTypesOf = (task: Task): string[] => [
  ...new Set(task.definition.triggers.flatMap(awaitedBy).map(({ event }) => event)),
];

/** The version of a task that tenants see, as in its ETag. */
export const versionOf = (task: Task): string => String(task.generation);
