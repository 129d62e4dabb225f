import { z } from 'zod';
import { grantsSchema } from '../../domain/grants.js';
import { organizationSettingsSchema } from '../../domain/organization-settings.js';
import { taskInputSchema } from '../../domain/task-definition.js';
import { triggerSchema } from '../../domain/trigger.js';
import { apiKeyRequestSchema } from '../requests/api-key.requests.js';
import { backfillRequestSchema, redriveRequestSchema } from '../requests/rerun.requests.js';
import { completeRequestSchema } from '../requests/run.requests.js';
import { batchRequestSchema, pauseRequestSchema } from '../requests/task.requests.js';
import { previewRequestSchema } from '../requests/trigger.requests.js';

/** Where a service checks a part of the body itself, the documentation says more than the schema of the request. */
const batchSchema = batchRequestSchema
  .extend({ tasks: z.array(taskInputSchema).min(1).max(1000) })
  .meta({ id: 'TaskBatch' });

const previewSchema = previewRequestSchema.extend({ trigger: triggerSchema }).meta({ id: 'PreviewRequest' });

/** The bodies that requests carry, each under its name. */
export const BODY_SCHEMAS: readonly z.ZodType[] = [
  taskInputSchema,
  batchSchema,
  pauseRequestSchema,
  previewSchema,
  completeRequestSchema,
  backfillRequestSchema,
  redriveRequestSchema,
  organizationSettingsSchema,
  apiKeyRequestSchema,
  grantsSchema,
];
