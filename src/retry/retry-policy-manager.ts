import { Injectable } from '@nestjs/common';
import type { RunError, RunProgress } from '../domain/run.js';
import type { RetryPolicy } from '../domain/task-definition.js';
import { backoffMs, withJitter } from './backoff.js';

/** Whether another attempt could help; `when-listed`: only where the policy's `retryOn` lists the failure. */
export type Retryable = boolean | 'when-listed';

/** A failed attempt, as the retry policy sees it. */
export interface Failure {
  error: RunError;
  /** The delay that the receiver requested, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** It could unless this says otherwise. */
  retryable?: Retryable | undefined;
}

/** Decides whether a failed run is tried again, and when. */
@Injectable()
export class RetryPolicyManager {
  constructor(private readonly random: () => number = Math.random) {}

  /**
   * Milliseconds until the attempt after this many failures: the policy's backoff with jitter. Never sooner than the
   * receiver's `Retry-After` (RFC 9110 §10.2.3), which the policy's longest delay limits.
   */
  calculateRetryDelay(policy: RetryPolicy, failures: number, retryAfterMs = 0): number {
    const delay = Math.min(withJitter(backoffMs(policy, failures), policy.jitter, this.random()), policy.maxDelayMs);
    return Math.max(delay, Math.min(retryAfterMs, policy.maxDelayMs));
  }

  /** Whether another attempt follows after `failures` failures that count, the last of which was this one. */
  shouldRetryExecution(policy: RetryPolicy, failures: number, failure: Failure): boolean {
    if (failures >= policy.maxAttempts || failure.retryable === false) return false;
    const matches = (codes: readonly (string | number)[]) => codes.some((code) => isOf(failure.error, code));
    if (policy.abortOn && matches(policy.abortOn)) return false;
    return policy.retryOn ? matches(policy.retryOn) : failure.retryable !== 'when-listed';
  }

  /** The run with its next attempt, due after the policy's delay; null when there is no next attempt. */
  updateRetrySchedule(
    run: RunProgress,
    policy: RetryPolicy,
    failures: number,
    failure: Failure,
    now: number,
  ): RunProgress | null {
    if (!this.shouldRetryExecution(policy, failures, failure)) return null;
    const dueAt = now + this.calculateRetryDelay(policy, failures, failure.retryAfterMs);
    return { ...run, dueAt, attempt: run.attempt + 1, reason: failure.error.message };
  }
}

/** Whether an entry of `retryOn` or `abortOn` matches an error; an entry may give a status as text. */
const isOf = ({ code, status }: RunError, entry: string | number): boolean =>
  entry === code || (status !== undefined && String(entry) === String(status));
