import { z } from 'zod';
import { eventTypeSchema } from '../../domain/trigger.js';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

export const eventListQuerySchema = z.strictObject({
  type: eventTypeSchema.optional(),
  source: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe('Who sent them: the source of CloudEvents, or the id of a webhook source.'),
  from: epochSchema.optional().describe('Events received at this instant or later.'),
  to: epochSchema.optional().describe('Events received at an earlier instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type EventListQuery = z.output<typeof eventListQuerySchema>;
