import type { Run } from './run.js';

/**
 * When the attempt that is written as running began, or the earliest instant at which it can have; null when none is
 * running (epoch ms).
 */
export function begunAt({ state, startedAt, dueAt, attempts }: Run): number | null {
  if (state !== 'running') return null;
  if (attempts.every((attempt) => attempt.startedAt === null)) return startedAt;
  return Math.max(dueAt, attempts.at(-1)!.finishedAt);
}
