import { hasFailed } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { RunOutline } from '../scheduling/ports/run.reads.js';

export const HEALTHS = ['ok', 'failing', 'overdue', 'never'] as const;

/** How a task does: its next occurrence is overdue, its last run that says anything failed, or none has ended yet. */
export type Health = (typeof HEALTHS)[number];

/** How many of a task's last runs tell of its health. */
export const TELLING_RUNS = 10;

/** The health of a task by its last runs, newest first; what was cancelled or skipped changes nothing. */
export function healthOf(task: Task, runs: readonly RunOutline[], overdueBefore: number): Health {
  const due = task.state === 'active' ? (task.next?.dueAt ?? null) : null;
  if (due !== null && due < overdueBefore) return 'overdue';
  const telling = runs.find((run) => run.state === 'succeeded' || hasFailed(run));
  if (telling) return hasFailed(telling) ? 'failing' : 'ok';
  return runs.some(({ finishedAt }) => finishedAt !== null) ? 'ok' : 'never';
}
