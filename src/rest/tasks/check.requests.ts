import { z } from 'zod';
import { jsonObjectSchema } from '../../domain/json.js';

/** The task is checked as its creation would check it. */
export const checkRequestSchema = z.strictObject({
  task: jsonObjectSchema,
  id: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The task that it is to replace: its last runs tell how long one takes.'),
});
export type CheckRequest = z.output<typeof checkRequestSchema>;
