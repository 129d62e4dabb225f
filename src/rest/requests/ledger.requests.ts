import { z } from 'zod';
import { cursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';
import { epochSchema } from './task.requests.js';

export const occurrencesQuerySchema = z.strictObject({
  from: epochSchema.optional().describe('Outcomes of this instant or later.'),
  to: epochSchema.optional().describe('Outcomes of before this instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type OccurrencesQuery = z.output<typeof occurrencesQuerySchema>;

export const explainQuerySchema = z.strictObject({
  at: epochSchema.optional().describe('The occurrence nearest to this instant is explained; without it, to now.'),
});
export type ExplainQuery = z.output<typeof explainQuerySchema>;
