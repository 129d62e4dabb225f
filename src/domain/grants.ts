import { z } from 'zod';
import { quotasSchema } from './quotas.js';

/** The operator's settings for an organization; every member has a default. */
export const grantsSchema = z
  .strictObject({
    weight: z
      .number()
      .min(0.1)
      .max(100)
      .default(1)
      .describe(
        'Its share of turns and slots beside other organizations: at weight w, at most w / (w + 1) of the slots.',
      ),
    quotas: quotasSchema
      .default({})
      .describe('Ceilings of its quotas; they replace those that the service sets for every organization.'),
  })
  .meta({ id: 'OrganizationGrants' });

export type Grants = z.infer<typeof grantsSchema>;
