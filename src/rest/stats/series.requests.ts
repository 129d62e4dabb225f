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
  taskId: z.string().min(1).max(100).optional().describe('What happened to this task.'),
  tag: z.string().min(1).max(64).optional().describe('What happened to the tasks with this tag, the newest 50.'),
});
export type SeriesQuery = z.output<typeof seriesQuerySchema>;
