import { z } from 'zod';
import { wholeNumber } from '../http/numbers.js';

export const forecastQuerySchema = z.strictObject({ hours: wholeNumber(1, 24, 6) });
export type ForecastQuery = z.output<typeof forecastQuerySchema>;
