import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

export const occurrencesQuerySchema = z.strictObject({
  from: epochSchema.optional().describe('Outcomes at this instant or later.'),
  to: epochSchema.optional().describe('Outcomes before this instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type OccurrencesQuery = z.output<typeof occurrencesQuerySchema>;

export const explainQuerySchema = z.strictObject({
  at: epochSchema.optional().describe('The instant whose nearest occurrence is explained; now unless given.'),
});
export type ExplainQuery = z.output<typeof explainQuerySchema>;
