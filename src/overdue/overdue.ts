import type { Task } from '../domain/task.js';

/** A task of which something should have begun by now, and nothing stands in its way. */
export interface OverdueTask {
  task: Task;
  /** When the oldest of it was due (epoch ms). */
  since: number;
  /** Whether its next occurrence, or the end of its pause, has not been taken up. */
  occurrence: boolean;
  /** How many of its runs wait for an attempt. */
  runs: number;
}

/** A stretch of time in which a task is overdue. */
export interface Stretch {
  task: Task;
  /** When what was found first was due (epoch ms). */
  since: number;
  /** Whether this instance knows that it was told of. */
  told: boolean;
}

/** The stretches that go on or have begun, by task, and those that are over. */
export interface Stretches {
  current: Map<string, Stretch>;
  over: Stretch[];
}

/** What becomes of the known stretches when these tasks are overdue. Of a list that is not `complete` none is over. */
export function compared(
  known: ReadonlyMap<string, Stretch>,
  found: readonly OverdueTask[],
  complete: boolean,
): Stretches {
  const current = new Map(complete ? [] : known);
  for (const { task, since } of found) {
    const before = known.get(task.id);
    current.set(task.id, { task, since: before?.since ?? since, told: before?.told ?? false });
  }
  return { current, over: [...known.values()].filter(({ task }) => !current.has(task.id)) };
}
