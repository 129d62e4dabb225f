import { z } from 'zod';

/** An instant as ISO 8601 with its offset, as in `2027-01-31T09:00:00Z`. */
export const instantSchema = z.iso.datetime({
  offset: true,
  error: 'must be an instant in ISO 8601 with its offset, such as "2027-01-31T09:00:00Z"',
});

export const cronTriggerSchema = z
  .strictObject({
    type: z.literal('cron'),
    expression: z.string().min(1).max(1000).describe('Five fields, or six with seconds first.'),
    timeZone: z.string().min(1).max(64).default('UTC').describe('IANA time zone in which the expression is read.'),
  })
  .meta({ id: 'CronTrigger' });

export const intervalTriggerSchema = z
  .strictObject({
    type: z.literal('interval'),
    everyMs: z.int().min(1).max(31_622_400_000).describe('Distance between two occurrences in milliseconds.'),
    anchorAt: instantSchema
      .optional()
      .describe('An instant of the series; without it, the instant at which the task was created.'),
  })
  .meta({ id: 'IntervalTrigger' });

export const onceTriggerSchema = z
  .strictObject({ type: z.literal('once'), at: instantSchema })
  .meta({ id: 'OnceTrigger' });

export const eventTriggerSchema = z
  .strictObject({
    type: z.literal('event'),
    event: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, ".", "_" or "-", at most 128 of them'),
    filter: z
      .record(z.string(), z.json())
      .optional()
      .describe('A MongoDB query over {id, type, data, receivedAt}; without it, every event of the type matches.'),
  })
  .meta({ id: 'EventTrigger' });

export const manualTriggerSchema = z.strictObject({ type: z.literal('manual') }).meta({ id: 'ManualTrigger' });

export type CronTrigger = z.infer<typeof cronTriggerSchema>;
export type IntervalTrigger = z.infer<typeof intervalTriggerSchema>;
export type OnceTrigger = z.infer<typeof onceTriggerSchema>;
export type EventTrigger = z.infer<typeof eventTriggerSchema>;
export type ManualTrigger = z.infer<typeof manualTriggerSchema>;

export const triggerSchema = z
  .discriminatedUnion('type', [
    cronTriggerSchema,
    intervalTriggerSchema,
    onceTriggerSchema,
    eventTriggerSchema,
    manualTriggerSchema,
  ])
  .meta({ id: 'Trigger' });

/** When a task is due. */
export type Trigger = z.infer<typeof triggerSchema>;
