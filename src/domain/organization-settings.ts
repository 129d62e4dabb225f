import { z } from 'zod';
import { calendarNameSchema, calendarSchema } from './calendar.js';
import { quotasSchema } from './quotas.js';
import { poolNameSchema, poolSizeSchema } from './resources.js';

const daysSchema = z.int().min(1).max(3650).exactOptional();

/** An organization's settings for all of its tasks; every member has a default, or is as the installation says. */
export const organizationSettingsSchema = z
  .strictObject({
    calendars: z
      .record(calendarNameSchema, calendarSchema)
      .refine((calendars) => Object.keys(calendars).length <= 100, 'must not be more than 100')
      .default({})
      .describe('Calendars, by the name that tasks use.'),
    resources: z
      .record(poolNameSchema, poolSizeSchema)
      .refine((resources) => Object.keys(resources).length <= 100, 'must not be more than 100')
      .default({})
      .describe(
        'Units of resource pools, by name, over all instances; a pool that is not listed has 1, for one run at a time.',
      ),
    quotas: quotasSchema.default({}).describe('Limits that the organization sets for itself, within its ceilings.'),
    retention: z
      .strictObject({
        runsDays: daysSchema.describe('How many days finished runs are kept, with their logs.'),
        failedRunsDays: daysSchema.describe('The same for runs that failed or timed out; as the others unless given.'),
      })
      .exactOptional()
      .describe('How long finished runs are kept: shorter than the installation keeps them, or else as long.'),
  })
  .meta({ id: 'OrganizationSettings' });

export type OrganizationSettings = z.infer<typeof organizationSettingsSchema>;
