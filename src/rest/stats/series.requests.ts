import { z } from 'zod';
import { STEPS, type Step } from '../occurrences/occurrence.requests.js';
import { epochSchema } from '../tasks/task.requests.js';

export const seriesQuerySchema = z.strictObject({
  from: epochSchema.describe('The first instant; the first step holds it.'),
  to: epochSchema.describe('Steps begin before this instant. There are 1,500 at most.'),
  step: z
    .enum(Object.keys(STEPS) as [Step, ...Step[]])
    .default('5m')
    .describe('How long a step is.'),
});
export type SeriesQuery = z.output<typeof seriesQuerySchema>;
