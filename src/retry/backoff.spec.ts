import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aDefinition } from '../../test/support/builders.js';
import type { RetryPolicy } from '../domain/task-definition.js';
import { backoffMs, withJitter } from './backoff.js';

const policy = (fields: Partial<RetryPolicy> = {}): RetryPolicy => ({ ...aDefinition().retry, ...fields });
const delays = (fields: Partial<RetryPolicy>) => [1, 2, 3, 4, 5].map((n) => backoffMs(policy(fields), n));

describe('backoffMs', () => {
  it('grows as the policy says, up to its cap', () => {
    expect(delays({ backoff: 'exponential', baseDelayMs: 100 })).toEqual([100, 200, 400, 800, 1600]);
    expect(delays({ backoff: 'linear', baseDelayMs: 100 })).toEqual([100, 200, 300, 400, 500]);
    expect(delays({ backoff: 'fixed', baseDelayMs: 100 })).toEqual([100, 100, 100, 100, 100]);
    expect(delays({ backoff: 'exponential', baseDelayMs: 100, maxDelayMs: 500 })).toEqual([100, 200, 400, 500, 500]);
    expect(delays({ backoff: 'fixed', baseDelayMs: 100, maxDelayMs: 50 })).toEqual([50, 50, 50, 50, 50]);
  });

  it('never shrinks, never exceeds the cap and is never infinite, after however many failures', () => {
    const policies = fc.record({
      backoff: fc.constantFrom<RetryPolicy['backoff']>('exponential', 'linear', 'fixed'),
      baseDelayMs: fc.integer({ min: 0, max: 86_400_000 }),
      maxDelayMs: fc.integer({ min: 0, max: 604_800_000 }),
    });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 5000 }), (fields, failures) => {
        const [now, later] = [backoffMs(policy(fields), failures), backoffMs(policy(fields), failures + 1)];
        expect(now).toBeGreaterThanOrEqual(0);
        expect(later).toBeGreaterThanOrEqual(now);
        expect(later).toBeLessThanOrEqual(fields.maxDelayMs);
      }),
    );
  });
});

describe('withJitter', () => {
  it('moves by its share at the most, both ways, to a whole number', () => {
    const delay = fc.integer({ min: 0, max: 604_800_000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(delay, share, share, (delayMs, jitter, random) => {
        const moved = withJitter(delayMs, jitter, random);
        expect(Number.isInteger(moved)).toBe(true);
        expect(Math.abs(moved - delayMs)).toBeLessThanOrEqual(delayMs * jitter + 0.5);
        expect(moved).toBeGreaterThanOrEqual(0);
      }),
    );
    expect([withJitter(1000, 0.2, 0), withJitter(1000, 0.2, 1), withJitter(1000, 0, 0.9)]).toEqual([800, 1200, 1000]);
  });
});
