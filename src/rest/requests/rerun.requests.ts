import { z } from 'zod';
import { EVERY_MS } from '../../rerun/pace.js';
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
