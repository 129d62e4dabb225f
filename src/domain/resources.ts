import { z } from 'zod';

/** The name of a resource pool, by which tasks refer to it. */
export const poolNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-", at most 64 of them');

/** How many units of which pools a task needs while it runs. */
export const resourcesSchema = z
  .record(poolNameSchema, z.int().min(1).max(1000))
  .refine((resources) => Object.keys(resources).length <= 20, 'must not be more than 20');
