import { z } from 'zod';
import { jsonSchema } from '../../domain/json.js';
import { RUN_STATES, RUN_TRIGGERS } from '../../domain/run.js';
import { cursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';
import { epochSchema } from './task.requests.js';

export const runListQuerySchema = z.strictObject({
  taskId: z.string().min(1).max(100).optional(),
  state: z.enum(RUN_STATES).optional(),
  trigger: z.enum(RUN_TRIGGERS).optional(),
  from: epochSchema.optional().describe('Runs scheduled for this instant or later.'),
  to: epochSchema.optional().describe('Runs scheduled for before this instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type RunListQuery = z.output<typeof runListQuerySchema>;

export const logQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type LogQuery = z.output<typeof logQuerySchema>;

export const completeRequestSchema = z
  .strictObject({
    token: z.string().min(1).max(1000).describe('The token that the attempt handed out.'),
    outcome: z.enum(['succeeded', 'failed']),
    output: jsonSchema.optional(),
    error: z.string().max(2000).optional(),
  })
  .transform(({ token, outcome, output, error }) => ({
    token,
    outcome,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
  }))
  .meta({ id: 'CompleteRequest' });
export type CompleteRequest = z.output<typeof completeRequestSchema>;
