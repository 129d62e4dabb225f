import { derivedId } from '../../domain/ids.js';
import type { Alert } from '../alerts/alert.js';
import type { NotificationDelivery } from './delivery.js';

/** How many alerts are listed in one delivery; further ones are counted. */
export const MOST_ALERTS = 50;

/** A delivery of alerts to a channel, due at `dueAt`. The same `name` gives the same delivery. */
export const newDelivery = (
  { organization, channel, rule }: Pick<NotificationDelivery, 'organization' | 'channel' | 'rule'>,
  { name, at, dueAt, heldBack = 0 }: { name: string; at: number; dueAt: number; heldBack?: number },
  alerts: readonly Alert[],
): NotificationDelivery => ({
  id: derivedId(at, 'delivery', organization, channel, name),
  ...{ organization, channel, rule, version: 1, status: 'pending', at, dueAt, takenBy: null },
  ...{ alerts: alerts.slice(0, MOST_ALERTS), more: Math.max(0, alerts.length - MOST_ALERTS), heldBack },
  ...{ tries: 0, attempts: [], deliveredAt: null },
});
