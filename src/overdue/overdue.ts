import type { Lack } from '../cluster/instance-work.js';
import type { Task } from '../domain/task.js';

/** A task of which something should have started by now, with nothing in its way. */
export interface OverdueTask {
  task: Task;
  /** When the oldest of it was due (epoch ms). */
  since: number;
  /** Whether its next occurrence, or the end of its pause, was not taken up. */
  occurrence: boolean;
  /** How many of its runs wait for an attempt. */
  runs: number;
  /** What no live instance has and the task needs; null where one could run it. */
  missing: Lack | null;
}

/** A stretch of time in which a task is overdue. */
export interface Stretch {
  task: Task;
  /** When the first overdue item was due (epoch ms). */
  since: number;
  /** What is missing to run it, at present; null where an instance could. */
  missing: Lack | null;
  /** Whether this instance knows that the stretch was reported. */
  told: boolean;
}

/** The new and continuing stretches, by task, and those that are over. */
export interface Stretches {
  current: Map<string, Stretch>;
  over: Stretch[];
}

/** Updates the known stretches by the overdue tasks that were found. If the list is not `complete`, no stretch ends. */
export function compared(
  known: ReadonlyMap<string, Stretch>,
  found: readonly OverdueTask[],
  complete: boolean,
): Stretches {
  const current = new Map(complete ? [] : known);
  for (const { task, since, missing } of found) {
    const before = known.get(task.id);
    current.set(task.id, { task, since: before?.since ?? since, missing, told: before?.told ?? false });
  }
  return { current, over: [...known.values()].filter(({ task }) => !current.has(task.id)) };
}
