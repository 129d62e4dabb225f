import { z } from 'zod';
import { quotasSchema } from './quotas.js';

/** What whoever runs the installation has set for an organization; every member has its default. */
export const grantsSchema = z
  .strictObject({
    weight: z
      .number()
      .min(0.1)
      .max(100)
      .default(1)
      .describe('Its share of turns and places beside other organizations: w / (w + 1) of the places.'),
    quotas: quotasSchema
      .default({})
      .describe('Ceilings of its quotas, in place of those that the service sets for every organization.'),
  })
  .meta({ id: 'OrganizationGrants' });

export type Grants = z.infer<typeof grantsSchema>;
