import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { epochSchema, taskFilters } from '../tasks/task.requests.js';

export const failuresQuerySchema = z.strictObject({
  from: epochSchema
    .optional()
    .describe('Failures scheduled for this instant or later; a day before "to" unless given.'),
  to: epochSchema.optional().describe('Failures scheduled for an earlier instant; now unless given.'),
  taskId: z.string().min(1).max(100).optional(),
  tag: taskFilters.tag,
  unmended: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Only classes with failures that no later success has mended.'),
});
export type FailuresQuery = z.output<typeof failuresQuerySchema>;

export const figuresQuerySchema = z.strictObject({
  from: epochSchema.optional().describe('Runs scheduled for this instant or later; a week before "to" unless given.'),
  to: epochSchema.optional().describe('Runs scheduled for an earlier instant; now unless given.'),
});
export type FiguresQuery = z.output<typeof figuresQuerySchema>;

/** The place of a change in the audit trail. */
export const versionSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be the sequence of a change')
  .transform(Number);

export const versionsQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type VersionsQuery = z.output<typeof versionsQuerySchema>;

export const searchQuerySchema = z.strictObject({
  q: z
    .string()
    .min(2)
    .max(200)
    .describe('A part of a name or tag, the beginning of an id (six characters or more), or the type of an event.'),
});
export type SearchQuery = z.output<typeof searchQuerySchema>;

export const upcomingQuerySchema = z.strictObject({
  from: epochSchema.optional().describe('Starts due at this instant or later; now unless given, with what is overdue.'),
  hours: wholeNumber(1, 168, 24),
  tag: taskFilters.tag,
  limit: limitSchema,
  cursor: cursorSchema,
});
export type UpcomingQuery = z.output<typeof upcomingQuerySchema>;
