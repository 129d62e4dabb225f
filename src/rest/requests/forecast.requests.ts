import { z } from 'zod';

const HOURS = 'must be a whole number from 1 to 24';

export const forecastQuerySchema = z.strictObject({
  hours: z.coerce.number({ error: HOURS }).int(HOURS).min(1, HOURS).max(24, HOURS).default(6),
});
export type ForecastQuery = z.output<typeof forecastQuerySchema>;
