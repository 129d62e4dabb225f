import { z } from 'zod';
import { jsonObjectSchema } from '../../domain/json.js';
import { cursorSchema } from '../http/cursor.js';
import { LONGEST_SPREAD_MS } from '../../domain/task-definition.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { STEPS } from '../occurrences/occurrence.requests.js';
import { epochSchema } from '../tasks/task.requests.js';

const STEP_NAMES = ['1m', '5m', '15m', '1h'] as const;
const MOST_HOURS = 168;

const fromSchema = epochSchema
  .optional()
  .describe('The first instant, within 400 days from now; now unless given, or where it has passed.');
const stepSchema = z
  .enum(STEP_NAMES)
  .default('1m')
  .transform((step) => STEPS[step])
  .describe('The length of the stretches into which the time is cut.');

export const forecastQuerySchema = z.strictObject({
  from: fromSchema,
  hours: wholeNumber(1, MOST_HOURS, 6).describe('How much of the time from there on.'),
  step: stepSchema,
});

const idSchema = z.string().min(1).max(100);
const idsSchema = z.array(idSchema).max(1000);

/** Drafts are checked as the creation of a task would check them. */
export const planRequestSchema = z.strictObject({
  from: fromSchema,
  hours: z.int().min(1).max(MOST_HOURS).default(6).describe('How much of the time from there on.'),
  step: stepSchema,
  add: z.array(jsonObjectSchema).max(20).default([]).describe('Tasks that do not exist yet.'),
  without: z
    .strictObject({ ids: idsSchema.default([]), tags: z.array(z.string().min(1).max(64)).max(20).default([]) })
    .default({ ids: [], tags: [] })
    .describe('Tasks that are left out: these, and those with one of the tags.'),
  spread: z
    .strictObject({ ids: idsSchema.min(1), spreadMs: z.int().min(0).max(LONGEST_SPREAD_MS) })
    .optional()
    .describe('Tasks as they would be with another `spreadMs`.'),
});
export type PlanRequest = z.output<typeof planRequestSchema>;
export const clockChangesQuerySchema = z.strictObject({
  days: wholeNumber(1, 400, 60).describe('How many days ahead.'),
});
export type ClockChangesQuery = z.output<typeof clockChangesQuerySchema>;
export const startsQuerySchema = z.strictObject({
  at: epochSchema.describe('The first instant.'),
  stepMs: wholeNumber(1000, 3_600_000, 60_000).describe('How much of the time from there on, in milliseconds.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type StartsQuery = z.output<typeof startsQuerySchema>;
export type ForecastQuery = z.output<typeof forecastQuerySchema>;
