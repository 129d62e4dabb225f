import { z } from 'zod';
import { jsonSchema } from '../../domain/json.js';
import { RUN_STATES, RUN_TRIGGERS } from '../../domain/run.js';
import { LOG_LEVELS } from '../../execution-log/log.store.js';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

const stateSchema = z.enum(RUN_STATES);

export const runListQuerySchema = z.strictObject({
  taskId: z.string().min(1).max(100).optional(),
  state: z
    .union([stateSchema, z.array(stateSchema).min(1).max(RUN_STATES.length)])
    .optional()
    .describe('Runs in this state; repeated, in any of these.'),
  trigger: z.enum(RUN_TRIGGERS).optional(),
  from: epochSchema.optional().describe('Runs scheduled for this instant or later.'),
  to: epochSchema.optional().describe('Runs scheduled for an earlier instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type RunListQuery = z.output<typeof runListQuerySchema>;

export const logQuerySchema = z.strictObject({
  level: z.enum(LOG_LEVELS).optional().describe('Entries of this level or a worse one.'),
  q: z.string().min(1).max(200).optional().describe('Entries whose message contains this text, in any case.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type LogQuery = z.output<typeof logQuerySchema>;

const tokenSchema = z.string().min(1).max(1000).describe('The token that the attempt handed out.');

export const heartbeatRequestSchema = z
  .strictObject({
    token: tokenSchema,
    percent: z.number().min(0).max(100).optional().describe('How much of the work is done.'),
    message: z.string().max(500).optional(),
  })
  .transform(({ token, percent, message }) => ({
    token,
    ...(percent !== undefined && { percent }),
    ...(message !== undefined && { message }),
  }))
  .meta({ id: 'HeartbeatRequest' });
export type HeartbeatRequest = z.output<typeof heartbeatRequestSchema>;

export const completeRequestSchema = z
  .strictObject({
    token: tokenSchema,
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
