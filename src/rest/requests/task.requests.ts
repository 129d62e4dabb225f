import { z } from 'zod';
import { instantSchema } from '../../domain/trigger.js';
import { cursorSchema } from '../cursor.js';
import { wholeNumber } from '../numbers.js';
import { limitSchema } from '../page.js';

const toEpoch = (instant: string): number => Date.parse(instant);

/** An instant of a request in epoch milliseconds. */
export const epochSchema = instantSchema.transform(toEpoch);

export const taskListQuerySchema = z.strictObject({
  state: z.enum(['active', 'paused', 'completed']).optional(),
  tag: z.string().min(1).max(64).optional().describe('Tasks with this tag.'),
  q: z.string().min(1).max(200).optional().describe('A part of the name, whatever its case.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type TaskListQuery = z.output<typeof taskListQuerySchema>;

export const nextRunsQuerySchema = z.strictObject({ count: wholeNumber(1, 1000, 10) });
export type NextRunsQuery = z.output<typeof nextRunsQuerySchema>;

export const pauseRequestSchema = z
  .strictObject({
    reason: z.string().min(1).max(500),
    until: epochSchema.optional().describe('When the task resumes by itself.'),
  })
  .transform(({ reason, until }) => (until === undefined ? { reason } : { reason, until }))
  .meta({ id: 'PauseRequest' });
export type PauseRequest = z.output<typeof pauseRequestSchema>;

/** The tasks themselves are checked one by one, since one that is wrong does not keep the others out. */
export const batchRequestSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(1000) });
export type BatchRequest = z.output<typeof batchRequestSchema>;
