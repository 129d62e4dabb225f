import { z } from 'zod';
import { calendarNameSchema, calendarSchema } from './calendar.js';
import { quotasSchema } from './quotas.js';
import { poolNameSchema } from './resources.js';

/** What an organization has set for all of its tasks; every member has its default. */
export const organizationSettingsSchema = z
  .strictObject({
    calendars: z
      .record(calendarNameSchema, calendarSchema)
      .refine((calendars) => Object.keys(calendars).length <= 100, 'must not be more than 100')
      .default({})
      .describe('Calendars by the name under which tasks refer to them.'),
    resources: z
      .record(poolNameSchema, z.int().min(1).max(1000))
      .refine((resources) => Object.keys(resources).length <= 100, 'must not be more than 100')
      .default({})
      .describe('Capacity of resource pools, by name, over all instances; a pool that is not named has 1.'),
    quotas: quotasSchema.default({}).describe('What it limits itself to, within what it is allowed.'),
  })
  .meta({ id: 'OrganizationSettings' });

export type OrganizationSettings = z.infer<typeof organizationSettingsSchema>;
