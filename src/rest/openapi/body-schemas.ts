import { z } from 'zod';
import { grantsSchema } from '../../domain/grants.js';
import { installationSettingsSchema } from '../../domain/installation-settings.js';
import { jsonObjectSchema } from '../../domain/json.js';
import { organizationSettingsSchema } from '../../domain/organization-settings.js';
import { taskInputSchema } from '../../domain/task-definition.js';
import { triggerSchema } from '../../domain/trigger.js';
import { planRequestSchema } from '../forecast/forecast.requests.js';
import { apiKeyRequestSchema } from '../api-keys/api-key.requests.js';
import { backfillRequestSchema, cancelRequestSchema, redriveRequestSchema } from '../rerun/rerun.requests.js';
import { cancelRunRequestSchema, completeRequestSchema, heartbeatRequestSchema } from '../runs/run.requests.js';
import { outcomesRequestSchema } from '../occurrences/occurrence.requests.js';
import { bulkDeleteSchema, bulkPauseSchema, bulkResumeSchema } from '../tasks/bulk.requests.js';
import { checkRequestSchema } from '../tasks/check.requests.js';
import { skipRequestSchema } from '../tasks/skip.requests.js';
import {
  batchRequestSchema,
  pauseRequestSchema,
  resumeRequestSchema,
  runRequestSchema,
} from '../tasks/task.requests.js';
import { queuePauseRequestSchema } from '../queues/queue.requests.js';
import { channelPatchSchema, newChannelSchema } from '../../notifications/channels/channel-definition.js';
import { reportSchedulePatchSchema, reportScheduleSchema } from '../../notifications/reports/report-schedule.js';
import { rulePatchSchema, ruleSchema } from '../../notifications/rules/rule-definition.js';
import { newSourceSchema, sourcePatchSchema } from '../../webhooks/source-definition.js';
import { sampleSchema } from '../webhooks/webhook.requests.js';
import { redeliverySchema } from '../notifications/notification.requests.js';
import { previewRequestSchema } from '../triggers/trigger.requests.js';

/** Where a service checks part of the body itself, the documentation says more than the request schema. */
const batchSchema = batchRequestSchema
  .extend({ tasks: z.array(taskInputSchema).min(1).max(1000) })
  .meta({ id: 'TaskBatch' });

const checkSchema = checkRequestSchema
  .extend({ task: z.union([taskInputSchema, jsonObjectSchema]) })
  .meta({ id: 'TaskCheckRequest' });

const planSchema = planRequestSchema
  .extend({ add: z.array(taskInputSchema).max(20).default([]).describe('Tasks that do not exist yet.') })
  .meta({ id: 'ForecastPlanRequest' });

const previewSchema = previewRequestSchema.extend({ trigger: triggerSchema }).meta({ id: 'PreviewRequest' });

/** The request bodies, each under its name. */
export const BODY_SCHEMAS: readonly z.ZodType[] = [
  taskInputSchema,
  batchSchema,
  pauseRequestSchema,
  skipRequestSchema,
  resumeRequestSchema,
  runRequestSchema,
  cancelRunRequestSchema,
  bulkDeleteSchema,
  bulkPauseSchema,
  bulkResumeSchema,
  outcomesRequestSchema,
  queuePauseRequestSchema,
  previewSchema,
  checkSchema,
  planSchema,
  completeRequestSchema,
  heartbeatRequestSchema,
  backfillRequestSchema,
  redriveRequestSchema,
  cancelRequestSchema,
  organizationSettingsSchema,
  apiKeyRequestSchema,
  grantsSchema,
  installationSettingsSchema,
  newSourceSchema,
  sourcePatchSchema,
  sampleSchema,
  newChannelSchema,
  channelPatchSchema,
  ruleSchema,
  rulePatchSchema,
  redeliverySchema,
  reportScheduleSchema,
  reportSchedulePatchSchema,
];
