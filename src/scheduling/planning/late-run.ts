import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';

/** Whether the task's misfire policy decides about a claimed run that has not begun and was left behind. */
export const isMisfired = (run: Run, { definition: { misfire } }: Task, now: number): boolean =>
  run.trigger === 'schedule' && run.attempts.length === 0 && now - run.dueAt > misfire.graceMs;

/** Why a run that was left behind without having begun does not run at `now` (epoch ms); null when it does. */
export function missOf(run: Run, task: Task, now: number): string | null {
  const { policy, maxAgeMs } = task.definition.misfire;
  if (!isMisfired(run, task, now)) return null;
  if (policy === 'skip') return 'misfire policy "skip"';
  return run.dueAt < now - maxAgeMs ? 'older than maxAgeMs' : null;
}

/**
 * Those of these left-behind runs of one task that give way to the last of them under the policy "fire-once". A run
 * that was only waiting for its turn is not among them.
 */
export function coalesced(runs: readonly Run[], task: Task, now: number): Run[] {
  if (task.definition.misfire.policy !== 'fire-once') return [];
  const late = runs.filter((run) => !run.putOff && isMisfired(run, task, now));
  const last = Math.max(...late.map(({ scheduledFor }) => scheduledFor));
  return late.filter(({ scheduledFor }) => scheduledFor < last);
}
