import { z } from 'zod';
import { FAILED_STATES, RUN_TRIGGERS, UNFINISHED_STATES } from '../../domain/run.js';
import { MOST_CANCELLED } from '../../rerun/cancellations.service.js';
import { EVERY_MS, MOST_RERUNS } from '../../rerun/pace.js';
import { soughtShape } from '../runs/run.requests.js';
import { epochSchema, givenReasonSchema } from '../tasks/task.requests.js';

const everyMsSchema = z
  .int()
  .min(EVERY_MS.least)
  .max(EVERY_MS.longest)
  .default(EVERY_MS.default)
  .describe('The time between the starts of two successive runs, in milliseconds.');

const dryRunSchema = z.boolean().default(false).describe('Shows what would run, and runs nothing.');

export const backfillRequestSchema = z
  .strictObject({
    from: epochSchema.describe('The first instant of the range.'),
    to: epochSchema.describe('The end of the range (exclusive). Occurrences still to come are left to the schedule.'),
    everyMs: everyMsSchema,
    dryRun: dryRunSchema,
  })
  .meta({ id: 'BackfillRequest' });
export type BackfillRequestBody = z.output<typeof backfillRequestSchema>;

export const redriveRequestSchema = z
  .strictObject({
    taskId: z.string().min(1).max(100).optional().describe('Runs of this task.'),
    from: epochSchema.optional().describe('Runs scheduled for this instant or later.'),
    to: epochSchema.optional().describe('Runs scheduled for an earlier instant.'),
    states: z
      .array(z.enum(FAILED_STATES))
      .min(1)
      .max(FAILED_STATES.length)
      .default([...FAILED_STATES]),
    code: soughtShape.code.describe('The code of the last error, such as http-503, timeout or instance-lost.'),
    text: soughtShape.text.describe('Runs whose reason or last error contains this text, in upper or lower case.'),
    limit: z.int().min(1).max(MOST_RERUNS).default(MOST_RERUNS).describe('How many runs to drive again, at most.'),
    everyMs: everyMsSchema,
    dryRun: dryRunSchema,
  })
  .meta({ id: 'RetryRequest' });
export type RedriveRequestBody = z.output<typeof redriveRequestSchema>;

export const cancelRequestSchema = z
  .strictObject({
    taskId: z.string().min(1).max(100).optional().describe('Runs of this task.'),
    trigger: z.enum(RUN_TRIGGERS).optional().describe('Runs that were started so.'),
    ...soughtShape,
    states: z
      .array(z.enum(UNFINISHED_STATES))
      .min(1)
      .max(UNFINISHED_STATES.length)
      .default([...UNFINISHED_STATES]),
    from: epochSchema.optional().describe('Runs scheduled for this instant or later.'),
    to: epochSchema.optional().describe('Runs scheduled for an earlier instant.'),
    limit: z.int().min(1).max(MOST_CANCELLED).default(MOST_CANCELLED).describe('How many runs to cancel, at most.'),
    reason: givenReasonSchema,
    dryRun: z.boolean().default(false).describe('Shows what would be cancelled, and cancels nothing.'),
  })
  .meta({ id: 'CancelRequest' });
export type CancelRequestBody = z.output<typeof cancelRequestSchema>;
