import { describe, expect, it } from '@jest/globals';
import { afterFailure, DISABLED_AFTER, WARNED_AFTER, type Health } from './channel-health.js';
import { afterTry, DELAYS_MS, sentAgain, type Outcome } from './delivery-plan.js';
import { newDelivery } from './new-delivery.js';

const T0 = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const fresh = newDelivery({ organization: 'acme', channel: 'c', rule: 'r' }, { name: 'g', at: T0, dueAt: T0 }, []);
const outcome = (fields: Partial<Outcome> = {}): Outcome => ({
  ...{ at: T0, durationMs: 3, status: 503, error: 'no', body: null, isFinal: false, isGone: false, retryAfterMs: null },
  ...fields,
});

describe('a delivery', () => {
  it('is tried again with growing waits, and fails after the last', () => {
    let [delivery, now] = [fresh, T0];
    for (const delay of DELAYS_MS) {
      delivery = afterTry(delivery, outcome(), now, 0);
      expect(delivery).toMatchObject({ status: 'pending', dueAt: now + delay });
      now = delivery.dueAt!;
    }
    delivery = afterTry(delivery, outcome(), now, 0);
    expect(delivery).toMatchObject({ status: 'failed', dueAt: null, tries: DELAYS_MS.length + 1 });
    expect(delivery.attempts).toHaveLength(10);
    expect(sentAgain(delivery, now)).toMatchObject({ id: fresh.id, status: 'pending', dueAt: now, tries: 0 });
  });

  it('waits as long as the receiver asks for, within reason, and never less than it would', () => {
    expect(afterTry(fresh, outcome({ retryAfterMs: 60_000 }), T0, 0).dueAt).toBe(T0 + 60_000);
    expect(afterTry(fresh, outcome({ retryAfterMs: 1 }), T0, 0).dueAt).toBe(T0 + 5000);
    expect(afterTry(fresh, outcome({ retryAfterMs: 1e12 }), T0, 0).dueAt).toBe(T0 + 6 * 3_600_000);
    expect(afterTry(fresh, outcome(), T0, 1).dueAt).toBe(T0 + 6000);
  });

  it('ends with an answer that is final, and with its arrival', () => {
    expect(afterTry(fresh, outcome({ isFinal: true }), T0, 0)).toMatchObject({ status: 'failed', dueAt: null });
    const arrived = afterTry(fresh, outcome({ status: 200, error: null }), T0 + 5, 0);
    expect(arrived).toMatchObject({ status: 'delivered', dueAt: null, deliveredAt: T0 + 5, version: 2, takenBy: null });
  });
});

describe('the health of a channel', () => {
  /** What follows from failures at these times. */
  const steps = (times: readonly number[]) => {
    let health: Health | null = null;
    return times.map((at) => {
      const after = afterFailure(health, at);
      health = after.health;
      return after.step;
    });
  };

  it('is bad only by time and count, after a warning', () => {
    const often = Array.from({ length: 100 }, (_, n) => T0 + n);
    expect(steps(often).filter((step) => step !== null)).toEqual([]);
    const rarely = [0, 2, 4, 6, 8].map((days) => T0 + days * DAY_MS);
    expect(steps(rarely).filter((step) => step !== null)).toEqual([]);
    const both = Array.from({ length: 40 }, (_, n) => T0 + n * (DAY_MS / 4));
    const found = steps(both);
    const [warned, disabled] = [found.indexOf('warn'), found.indexOf('disable')];
    expect(warned).toBe(WARNED_AFTER.failures - 1);
    expect(disabled).toBeGreaterThanOrEqual(DISABLED_AFTER.failures - 1);
    expect(both[disabled]! - T0).toBeGreaterThanOrEqual(DISABLED_AFTER.ms);
    expect(found.filter((step) => step === 'warn')).toHaveLength(1);
  });

  it('is not bad at once after a long time without anything to send', () => {
    const times = [...Array.from({ length: 7 }, (_, n) => T0 + n), ...Array.from({ length: 20 }, (_, n) => T0 + 30 * DAY_MS + n)]; // prettier-ignore
    expect(steps(times).filter((step) => step !== null)).toEqual(['warn']);
  });
});
