import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';

/** Whether the misfire policy of its task decides about a claimed run, which has not begun and was left lying. */
export const isMisfired = (run: Run, { definition: { misfire } }: Task, now: number): boolean =>
  run.trigger === 'schedule' && run.attempts.length === 0 && now - run.dueAt > misfire.graceMs;

/** Why a run that was left lying, and has not begun, does not run any more at `now` (epoch ms); null when it does. */
export function missOf(run: Run, task: Task, now: number): string | null {
  const { policy, maxAgeMs } = task.definition.misfire;
  if (!isMisfired(run, task, now)) return null;
  if (policy === 'skip') return 'misfire policy "skip"';
  return run.dueAt < now - maxAgeMs ? 'older than maxAgeMs' : null;
}

/**
 * Those of these runs of one task, left lying, that leave their turn to the last of them by the policy "fire-once". What was
 * only waiting for its turn when it was left is none of them.
 */
export function coalesced(runs: readonly Run[], task: Task, now: number): Run[] {
  if (task.definition.misfire.policy !== 'fire-once') return [];
  const late = runs.filter((run) => !run.putOff && isMisfired(run, task, now));
  const last = Math.max(...late.map(({ scheduledFor }) => scheduledFor));
  return late.filter(({ scheduledFor }) => scheduledFor < last);
}
