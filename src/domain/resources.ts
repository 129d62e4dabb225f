import { z } from 'zod';

/** The name by which tasks refer to a resource pool. */
export const poolNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-", at most 64 of them');

/** The units of each pool that a task needs while it runs. */
export const resourcesSchema = z
  .record(poolNameSchema, z.int().min(1).max(1000))
  .refine((resources) => Object.keys(resources).length <= 20, 'must not be more than 20');

const MOST_UNITS = 1000;
const MONTH_MS = 31 * 86_400_000;

const capacitySchema = z.int().min(1).max(MOST_UNITS);

/** How many units a pool has: for use at the same time or, with `perMs`, for starts within a time. */
export const poolSizeSchema = z
  .union(
    [
      capacitySchema.describe('How many units may be in use at the same time, over all instances.'),
      z
        .strictObject({
          capacity: capacitySchema.describe(
            'How many units the attempts may take that begin within any perMs milliseconds.',
          ),
          perMs: z.int().min(1).max(MONTH_MS).describe('The length of the sliding window (ms).'),
        })
        .describe('A rate: so many starts within any perMs milliseconds, over all instances, however long they take.'),
    ],
    { error: `must be a whole number from 1 to ${MOST_UNITS}, or an object with capacity and perMs` },
  )
  .meta({ id: 'PoolSize' });

export type PoolSize = z.infer<typeof poolSizeSchema>;
