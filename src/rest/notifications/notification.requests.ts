import { z } from 'zod';
import { DELIVERY_STATUSES } from '../../notifications/deliveries/delivery.js';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

export const notificationListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type NotificationListQuery = z.output<typeof notificationListQuerySchema>;

const which = {
  channel: z.uuid().optional().describe('Only those to this channel.'),
  from: epochSchema.optional().describe('Those that were made at this instant or later.'),
  to: epochSchema.optional().describe('Those that were made at an earlier instant.'),
};

export const notificationDeliveryQuerySchema = z.strictObject({
  ...which,
  status: z.enum(DELIVERY_STATUSES).optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type NotificationDeliveryQuery = z.output<typeof notificationDeliveryQuerySchema>;

/** Which deliveries to send again. */
export const redeliverySchema = z
  .strictObject({
    ...which,
    status: z
      .enum(['missing', 'failed', 'expired', 'held', 'delivered'])
      .default('missing')
      .describe('Those of this status; `missing` is what has failed or expired.'),
  })
  .meta({ id: 'NotificationRedelivery' });
export type RedeliveryRequest = z.output<typeof redeliverySchema>;
