import type { RetryPolicy } from '../domain/task-definition.js';

/** The delay in milliseconds after this many failures (1 or more), without jitter. */
export function backoffMs(policy: RetryPolicy, failures: number): number {
  const { backoff, baseDelayMs, maxDelayMs } = policy;
  const factor = backoff === 'exponential' ? 2 ** Math.min(failures - 1, 50) : backoff === 'linear' ? failures : 1;
  return Math.min(baseDelayMs * factor, maxDelayMs);
}

/** Changes a delay by up to the fraction `jitter` in either direction; `random` is 0 to 1. */
export const withJitter = (delayMs: number, jitter: number, random: number): number =>
  Math.round(delayMs * (1 + jitter * (2 * random - 1)));
