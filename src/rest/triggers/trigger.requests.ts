import { z } from 'zod';
import { calendarUseSchema } from '../../domain/calendar.js';
import { epochSchema } from '../tasks/task.requests.js';

const COUNT = 'must be a whole number from 1 to 1000';

/** The resolver checks the trigger itself. */
export const previewRequestSchema = z.strictObject({
  trigger: z.unknown(),
  from: epochSchema.optional(),
  calendars: z.array(calendarUseSchema).max(10).default([]),
  count: z.int(COUNT).min(1, COUNT).max(1000, COUNT).default(10),
});
export type PreviewRequest = z.output<typeof previewRequestSchema>;
