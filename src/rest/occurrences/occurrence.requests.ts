import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { severalSchema } from '../http/several.js';
import { epochSchema, taskFilters } from '../tasks/task.requests.js';
import { timeZoneSchema } from '../../domain/calendar.js';

const MINUTE_MS = 60_000;

/** The lengths of cells, in milliseconds. */
export const STEPS = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '6h': 360 * MINUTE_MS,
  '1d': 1440 * MINUTE_MS,
} as const;
export type Step = keyof typeof STEPS;

/** How many tasks one request may name. */
const MOST_IDS = 200;
const idSchema = z.string().min(1).max(100);

export const matrixQuerySchema = z.strictObject({
  from: epochSchema.describe('The first instant; the first cell holds it.'),
  to: epochSchema.describe('Cells begin before this instant. A row has 400 cells at most.'),
  step: z
    .enum(Object.keys(STEPS) as [Step, ...Step[]])
    .default('1h')
    .describe('How long a cell is.'),
  timeZone: timeZoneSchema
    .optional()
    .describe('Cells of hours and days follow the clocks of this zone; those of UTC unless given.'),
  ids: severalSchema(idSchema, MOST_IDS).optional().describe('These tasks only; repeated for several, 200 at most.'),
  state: z.enum(['active', 'paused', 'completed']).optional(),
  ...taskFilters,
  limit: limitSchema,
  cursor: cursorSchema,
});
export type MatrixQuery = z.output<typeof matrixQuerySchema>;

export const outcomesRequestSchema = z
  .strictObject({
    ids: z.array(idSchema).min(1).max(MOST_IDS).describe('The tasks; those that do not exist are left out.'),
    count: z.int().min(1).max(60).default(20).describe('How many outcomes of each; of all together 6,000 at most.'),
  })
  .meta({ id: 'OutcomesRequest' });
export type OutcomesRequest = z.output<typeof outcomesRequestSchema>;
