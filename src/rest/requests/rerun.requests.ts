import { z } from 'zod';
import { FAILED_STATES } from '../../domain/run.js';
import { EVERY_MS, MOST_RERUNS } from '../../rerun/pace.js';
import { epochSchema } from './task.requests.js';

const everyMsSchema = z
  .int()
  .min(EVERY_MS.least)
  .max(EVERY_MS.longest)
  .default(EVERY_MS.default)
  .describe('The distance between the starts of two of the runs.');

const dryRunSchema = z.boolean().default(false).describe('Only tells what would run.');

export const backfillRequestSchema = z
  .strictObject({
    from: epochSchema.describe('The first instant.'),
    to: epochSchema.describe('The instant before which it ends. What is still to come is left to the schedule.'),
    everyMs: everyMsSchema,
    dryRun: dryRunSchema,
  })
  .meta({ id: 'BackfillRequest' });
export type BackfillRequestBody = z.output<typeof backfillRequestSchema>;

export const redriveRequestSchema = z
  .strictObject({
    taskId: z.string().min(1).max(100).optional().describe('Runs of this task.'),
    from: epochSchema.optional().describe('Runs scheduled for this instant or later.'),
    to: epochSchema.optional().describe('Runs scheduled for before this instant.'),
    states: z
      .array(z.enum(FAILED_STATES))
      .min(1)
      .max(FAILED_STATES.length)
      .default([...FAILED_STATES]),
    code: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('The code of the last error, such as http-503, timeout or instance-lost.'),
    text: z.string().min(1).max(200).optional().describe('A part of why the run failed, whatever its case.'),
    limit: z.int().min(1).max(MOST_RERUNS).default(MOST_RERUNS).describe('How many runs at the most.'),
    everyMs: everyMsSchema,
    dryRun: dryRunSchema,
  })
  .meta({ id: 'RetryRequest' });
export type RedriveRequestBody = z.output<typeof redriveRequestSchema>;
