import { z } from 'zod';
import { jsonSchema } from '../../domain/json.js';
import { RUN_STATES, RUN_TRIGGERS } from '../../domain/run.js';
import type { LogFilter } from '../../execution-log/log-filter.js';
import { LOG_LEVELS } from '../../execution-log/log.store.js';
import type { RunQuery } from '../../overview/listed-runs.js';
import { cursorSchema } from '../http/cursor.js';
import { wholeNumberOrNone } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { severalSchema } from '../http/several.js';
import { epochSchema, givenReasonSchema } from '../tasks/task.requests.js';

/** The longest lateness and duration that can be asked for: a hundred years. */
const MOST_MS = 3_155_760_000_000;

/** How many of the last entries of a log can be asked for. */
const MOST_TAIL = 1000;

/** More attempts than a run can have. */
const MOST_ATTEMPTS = 1_000_000;

const stateSchema = z.enum(RUN_STATES);

/** What runs are sought by: the code of their last error, and a part of what is said of them. */
export const soughtShape = {
  code: z.string().min(1).max(100).optional().describe('Runs whose last error has this code, such as http-503.'),
  text: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Runs whose reason or last error contains this text; the letters a to z in upper or lower case.'),
};

export const runListQuerySchema = z.strictObject({
  taskId: z.string().min(1).max(100).optional(),
  state: z
    .union([stateSchema, z.array(stateSchema).min(1).max(RUN_STATES.length)])
    .optional()
    .describe('Runs in this state; repeated, in any of these.'),
  trigger: z.enum(RUN_TRIGGERS).optional(),
  tag: severalSchema(z.string().min(1).max(64), 10)
    .optional()
    .describe('Runs of tasks with this tag; repeated, with all of these.'),
  ...soughtShape,
  eventId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Runs that this event started; of several that started one together, the last counts.'),
  retryOf: z.string().min(1).max(100).optional().describe('Runs that drive this one again.'),
  instance: z.string().min(1).max(100).optional().describe('Runs that this instance holds or has made an attempt of.'),
  minLatenessMs: wholeNumberOrNone(0, MOST_MS).describe('Runs that started so late or later, in milliseconds.'),
  minDurationMs: wholeNumberOrNone(0, MOST_MS).describe('Runs that took so long or longer, in milliseconds.'),
  unmended: z
    .enum(['true', 'false'])
    .optional()
    .describe('With true: failures that no later success of their task, or of a retry, has mended.'),
  by: z
    .enum(['scheduledFor', 'startedAt', 'finishedAt'])
    .default('scheduledFor')
    .describe('What "from" and "to" limit. The order is by nominal time in any case.'),
  from: epochSchema.optional().describe('Runs scheduled for this instant or later, or that "by" names.'),
  to: epochSchema.optional().describe('Runs scheduled for an earlier instant, or that "by" names.'),
  order: z.enum(['newest', 'oldest']).default('newest').describe('What comes first.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type RunListQuery = z.output<typeof runListQuerySchema>;

/** What a query looks for. */
export function toRunQuery({
  state,
  tag,
  unmended,
  order,
  limit: _,
  cursor: _place,
  ...filter
}: RunListQuery): RunQuery {
  return {
    ...filter,
    ...(state !== undefined && { states: Array.isArray(state) ? state : [state] }),
    ...(tag && { tags: tag }),
    unmended: unmended === 'true',
    oldestFirst: order === 'oldest',
  };
}

export const logQuerySchema = z.strictObject({
  level: z.enum(LOG_LEVELS).optional().describe('Entries of this level or a worse one.'),
  q: z.string().min(1).max(200).optional().describe('Entries whose message contains this text, in any case.'),
  attempt: wholeNumberOrNone(1, MOST_ATTEMPTS).describe('Entries of this attempt.'),
  order: z
    .enum(['oldest', 'newest'])
    .default('oldest')
    .describe('What comes first; of JSON alone: a stream and lines are in the order of writing.'),
  tail: wholeNumberOrNone(1, MOST_TAIL).describe(
    'The last entries alone, so many, in the order of writing and without a next page; what is sent with a limit stays below both. A stream begins with them.',
  ),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type LogQuery = z.output<typeof logQuerySchema>;

/** Which entries a query means. */
export const logFilterOf = ({ level, q, attempt }: LogQuery): LogFilter => ({ level, text: q, attempt });

export const cancelRunRequestSchema = z.strictObject({ reason: givenReasonSchema }).meta({ id: 'CancelRunRequest' });
export type CancelRunRequest = z.output<typeof cancelRunRequestSchema>;

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
