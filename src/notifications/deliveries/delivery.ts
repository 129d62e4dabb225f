import type { Alert } from '../alerts/alert.js';

/**
 * How a delivery stands: it waits for its time, is under way, has arrived, was refused or tried too often, waits for its
 * channel to be enabled, or waited so long that it is not sent any more.
 */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'held', 'expired'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One try to deliver. */
export interface DeliveryAttempt {
  /** When it began (epoch ms). */
  at: number;
  durationMs: number;
  /** The status of the answer; null where there was none. */
  status: number | null;
  /** Why it failed, in words; null where it did not. */
  error: string | null;
  /** The start of the answer's text, without secrets. */
  body: string | null;
}

/** What is sent to one channel: some alerts, or a test. */
export interface NotificationDelivery {
  id: string;
  organization: string;
  channel: string;
  /** The rule that wants it; null where none does. */
  rule: string | null;
  version: number;
  status: DeliveryStatus;
  /** When it was made (epoch ms). */
  at: number;
  /** When it is tried next, or is free again if whoever tries it has died (epoch ms); null where it is not tried. */
  dueAt: number | null;
  /** Who tries it now; null for nobody. */
  takenBy: string | null;
  alerts: readonly Alert[];
  /** How many more alerts there were than are listed. */
  more: number;
  /** How many alerts of the rule were held back before these, because there were too many within an hour. */
  heldBack: number;
  /** How often it was tried since it was made or sent again. */
  tries: number;
  /** The latest attempts, the newest last. */
  attempts: readonly DeliveryAttempt[];
  deliveredAt: number | null;
}

/** How many attempts are kept of a delivery. */
export const MOST_ATTEMPTS = 10;
