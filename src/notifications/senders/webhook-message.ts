import { toIso } from '../../domain/instants.js';
import type { JsonObject } from '../../domain/json.js';
import type { NotificationDelivery } from '../deliveries/delivery.js';

/** What a signed webhook gets: the form of Standard Webhooks, with all that is known of each alert. */
export const webhookMessage = ({
  id,
  organization,
  rule,
  at,
  alerts,
  more,
  heldBack,
}: NotificationDelivery): JsonObject => ({
  // prettier-ignore
  type: alerts.length === 1 && more === 0 ? `notification.${alerts[0]!.kind}` : 'notification.group',
  timestamp: toIso(at),
  data: {
    ...{ id, organization, rule, more, heldBack },
    alerts: alerts.map((alert) => ({ ...alert, at: toIso(alert.at) })),
  },
});

/** The name of the message, the same for each try. */
export const messageIdOf = ({ id }: Pick<NotificationDelivery, 'id'>): string => `msg_${id}`;
