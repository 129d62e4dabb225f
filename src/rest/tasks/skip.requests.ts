import { z } from 'zod';
import { skipReasonSchema } from '../../domain/skip.js';
import { epochSchema } from './task.requests.js';

export const skipRequestSchema = z
  .strictObject({
    at: epochSchema.describe('The nominal time of the occurrence, as `next-runs` tells it.'),
    reason: skipReasonSchema.describe('Why; the ledger and explanations tell it.'),
  })
  .meta({ id: 'SkipRequest' });
export type SkipRequest = z.output<typeof skipRequestSchema>;

export const skipQuerySchema = z.strictObject({ at: epochSchema.describe('The nominal time of the occurrence.') });
export type SkipQuery = z.output<typeof skipQuerySchema>;
