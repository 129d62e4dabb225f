import { z } from 'zod';
import { pauseReasonSchema } from '../../domain/pause.js';
import { queueNameSchema } from '../../domain/queue.js';
import { parametersSchema } from '../../domain/task-definition.js';
import { instantSchema } from '../../domain/trigger.js';
import { cursorSchema } from '../http/cursor.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';

const toEpoch = (instant: string): number => Date.parse(instant);

/** An instant of a request in epoch milliseconds. */
export const epochSchema = instantSchema.transform(toEpoch);

/** What narrows a list of tasks, in whatever state. */
export const taskFilters = {
  queue: queueNameSchema.optional().describe('Tasks of this queue.'),
  tag: z.string().min(1).max(64).optional().describe('Tasks with this tag.'),
  q: z.string().min(1).max(200).optional().describe('Tasks whose name contains this text, in upper or lower case.'),
};

export const taskListQuerySchema = z.strictObject({
  state: z.enum(['active', 'paused', 'completed']).optional(),
  ...taskFilters,
  limit: limitSchema,
  cursor: cursorSchema,
});
export type TaskListQuery = z.output<typeof taskListQuerySchema>;

export const nextRunsQuerySchema = z.strictObject({
  count: wholeNumber(1, 1000, 10),
  from: epochSchema.optional().describe('Occurrences of this instant or later, within ten years from now.'),
  to: epochSchema.optional().describe('Occurrences of an earlier instant.'),
});
export type NextRunsQuery = z.output<typeof nextRunsQuerySchema>;

export const pauseRequestSchema = z
  .strictObject({
    reason: pauseReasonSchema,
    until: epochSchema.optional().describe('When the task resumes by itself.'),
  })
  .meta({ id: 'PauseRequest' });
export type PauseRequest = z.output<typeof pauseRequestSchema>;

/** Why somebody asks for something. */
export const givenReasonSchema = z.string().min(1).max(500).optional().describe('Why; the audit trail keeps it.');

export const resumeRequestSchema = z.strictObject({ reason: givenReasonSchema }).meta({ id: 'ResumeRequest' });
export type ResumeRequest = z.output<typeof resumeRequestSchema>;

export const runRequestSchema = z
  .strictObject({
    parameters: parametersSchema.optional().describe('In place of the parameters of the task, for this run.'),
    reason: givenReasonSchema,
  })
  .meta({ id: 'RunRequest' });
export type RunRequest = z.output<typeof runRequestSchema>;

/** How many tasks one request creates. */
export const MOST_IN_BATCH = 1000;

/** The tasks are checked one by one, because a wrong one does not keep the others out. */
export const batchRequestSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(MOST_IN_BATCH) });
export type BatchRequest = z.output<typeof batchRequestSchema>;
