import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

export const forecastQuerySchema = z.strictObject({ hours: wholeNumber(1, 24, 6) });
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
