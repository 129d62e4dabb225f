import { z } from 'zod';
import { jsonSchema } from '../../domain/json.js';
import { headerNameSchema } from '../../domain/header-name.js';
import { RESULTS } from '../../webhooks/webhook-delivery.js';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';

export const sourceListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type SourceListQuery = z.output<typeof sourceListQuerySchema>;

export const deliveryListQuerySchema = z.strictObject({
  result: z.enum(RESULTS).optional().describe('Only those that were accepted, or refused.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type DeliveryListQuery = z.output<typeof deliveryListQuerySchema>;

/** A message for a source. */
export const sampleSchema = z
  .strictObject({
    body: jsonSchema
      .optional()
      .describe('The payload; unless given, a small one with a text wherever the mapping looks.'),
    headers: z
      .record(headerNameSchema, z.string().max(1000))
      .refine((headers) => Object.keys(headers).length <= 20, 'must be at most 20')
      .optional()
      .describe('Further headers, such as one that holds the type of the event.'),
  })
  .meta({ id: 'WebhookSample' });
export type SampleRequest = z.output<typeof sampleSchema>;
