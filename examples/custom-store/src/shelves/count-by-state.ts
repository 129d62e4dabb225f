import type { Run, Task, TaskState } from 'scheduled-task-runner/store';

/** How many of the tasks there are in each state; one is completed only when its last scheduled run has ended. */
export function countByState(
  tasks: readonly Task[],
  unfinished: readonly Run[],
  limit: number,
): Record<TaskState, number> {
  const underWay = new Set(unfinished.filter(({ trigger }) => trigger === 'schedule').map(({ taskId }) => taskId));
  const counts = { active: 0, paused: 0, completed: 0 };
  for (const { id, state } of tasks) {
    const shown = state === 'completed' && underWay.has(id) ? 'active' : state;
    counts[shown] = Math.min(limit, counts[shown] + 1);
  }
  return counts;
}
