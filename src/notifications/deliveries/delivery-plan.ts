import { MOST_ATTEMPTS, type DeliveryAttempt, type NotificationDelivery } from './delivery.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after each failed try (ms): as Standard Webhooks 1.0 suggests. */
export const DELAYS_MS: readonly number[] = [
  5000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
];
/** A receiver that asks to be left alone is heard up to this (ms). */
const LONGEST_WAIT_MS = 6 * HOUR_MS;
/** Waits are longer by up to this part, so that what failed together does not come back together. */
const JITTER = 0.2;

/** What came of a try to deliver. */
export interface Outcome extends DeliveryAttempt {
  /** No further try will help. */
  isFinal: boolean;
  /** The receiver wants nothing any more. */
  isGone: boolean;
  /** How long the receiver wants to be left alone (ms). */
  retryAfterMs: number | null;
}

export const hasArrived = ({ error }: DeliveryAttempt): boolean => error === null;

/** The delivery after a try; `chance` is between 0 and 1, `delays` are those between its tries (ms). */
export function afterTry(
  delivery: NotificationDelivery,
  outcome: Outcome,
  now: number,
  chance: number,
  delays = DELAYS_MS,
): NotificationDelivery {
  // prettier-ignore
  const { at, durationMs, status, error, body } = outcome;
  const attempts = [...delivery.attempts, { at, durationMs, status, error, body }].slice(-MOST_ATTEMPTS);
  if (outcome.isGone) return heldBack({ ...delivery, attempts });
  const tries = delivery.tries + 1;
  const next = { ...delivery, attempts, tries, takenBy: null, version: delivery.version + 1 };
  if (hasArrived(outcome)) return { ...next, status: 'delivered', dueAt: null, deliveredAt: now };
  const delay = delays[delivery.tries];
  if (outcome.isFinal || delay === undefined) return { ...next, status: 'failed', dueAt: null };
  const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_WAIT_MS);
  return { ...next, dueAt: now + Math.max(asked, Math.round(delay * (1 + chance * JITTER))) };
}

/** The delivery as it is tried again from the beginning, under the same id. */
export const sentAgain = (delivery: NotificationDelivery, now: number): NotificationDelivery => ({
  ...delivery,
  ...{ status: 'pending', dueAt: now, takenBy: null, tries: 0, deliveredAt: null, version: delivery.version + 1 },
});

/** The delivery as it waits for its channel. */
export const heldBack = (delivery: NotificationDelivery): NotificationDelivery => ({
  ...delivery,
  ...{ status: 'held', dueAt: null, takenBy: null, version: delivery.version + 1 },
});

/** The delivery as it is not tried any more, with the reason. */
export const givenUp = (
  delivery: NotificationDelivery,
  status: 'failed' | 'expired',
  reason: string,
  now: number,
): NotificationDelivery => ({
  ...delivery,
  ...{ status, dueAt: null, takenBy: null, version: delivery.version + 1 },
  attempts: [...delivery.attempts, { at: now, durationMs: 0, status: null, error: reason, body: null }].slice(-MOST_ATTEMPTS), // prettier-ignore
});
