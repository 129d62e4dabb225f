import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aDefinition, aRun, T0 } from '../../test/support/builders.js';
import type { RetryPolicy } from '../domain/task-definition.js';
import { RetryPolicyManager, type Failure } from './retry-policy-manager.js';

const policy = (fields: Partial<RetryPolicy> = {}): RetryPolicy => ({ ...aDefinition().retry, ...fields });
const failure = (fields: Partial<Failure> = {}): Failure => ({
  error: { code: 'http-503', message: 'Service Unavailable', status: 503 },
  ...fields,
});
const manager = new RetryPolicyManager(() => 0.5);
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('calculateRetryDelay', () => {
  it('stays between nothing and the cap, whatever chance and the receiver say', () => {
    const retryAfter = fc.option(fc.integer({ min: -1000, max: 1e15 }), { nil: undefined });
    fc.assert(
      fc.property(share, share, fc.nat(200), retryAfter, fc.nat(600_000), (random, jitter, failures, after, cap) => {
        const chance = new RetryPolicyManager(() => random);
        const delay = chance.calculateRetryDelay(policy({ jitter, maxDelayMs: cap }), failures + 1, after);
        expect(delay).toBeGreaterThanOrEqual(Math.min(after ?? 0, cap));
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(cap);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  it('is never sooner than the receiver asked for, nor sooner than the backoff', () => {
    expect(manager.calculateRetryDelay(policy(), 1, 30_000)).toBe(30_000);
    expect(manager.calculateRetryDelay(policy(), 5, 1000)).toBe(16_000);
    expect(manager.calculateRetryDelay(policy(), 1, 86_400_000)).toBe(300_000);
  });
});

describe('shouldRetryExecution', () => {
  it.each<[string, Partial<RetryPolicy>, number, Partial<Failure>, boolean]>([
    ['while attempts are left', {}, 2, {}, true],
    ['not after the last one', {}, 3, {}, false],
    ['not with a single attempt', { maxAttempts: 1 }, 1, {}, false],
    ['not what another attempt cannot change', {}, 1, { retryable: false }, false],
    ['not what helps only when it is listed', {}, 1, { retryable: 'when-listed' }, false],
    ['what helps when it is listed, and is', { retryOn: [503] }, 1, { retryable: 'when-listed' }, true],
    ['not what aborts by its status', { abortOn: [503] }, 1, {}, false],
    ['not what aborts by its status as a text', { abortOn: ['503'] }, 1, {}, false],
    ['not what aborts by its code', { abortOn: ['http-503'] }, 1, {}, false],
    ['what aborts for others only', { abortOn: [404, 'timeout'] }, 1, {}, true],
    ['only what is listed', { retryOn: ['timeout', 503] }, 1, {}, true],
    ['not what is not listed', { retryOn: ['timeout'] }, 1, {}, false],
    ['nothing when nothing is listed', { retryOn: [] }, 1, {}, false],
    ['not what is in both lists', { retryOn: [503], abortOn: [503] }, 1, {}, false],
    [
      'by status only where there is one',
      { abortOn: [503] },
      1,
      { error: { code: 'ECONNREFUSED', message: '' } },
      true,
    ],
  ])('retries %s', (_, fields, failures, of, expected) => {
    expect(manager.shouldRetryExecution(policy(fields), failures, failure(of))).toBe(expected);
  });
});

describe('updateRetrySchedule', () => {
  const run = aRun({ state: 'running', owner: 'me', attempt: 2 });

  it('moves the run on to its next attempt', () => {
    const again = manager.updateRetrySchedule(run, policy(), 2, failure(), T0);
    expect(again).toEqual({ ...run, attempt: 3, dueAt: T0 + 2000, reason: 'Service Unavailable' });
  });

  it('says null when there is to be none', () => {
    expect(manager.updateRetrySchedule(run, policy(), 3, failure(), T0)).toBeNull();
  });

  it('uses up exactly maxAttempts, with delays that do not shrink', () => {
    const delays: number[] = [];
    for (let failures = 1; ; failures++) {
      const again = manager.updateRetrySchedule(run, policy({ maxAttempts: 12 }), failures, failure(), T0);
      if (!again) break;
      delays.push(again.dueAt - T0);
    }
    expect(delays).toHaveLength(11);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  });
});
