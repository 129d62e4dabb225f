import { z } from 'zod';
import { jsonObjectSchema, type Json } from './json.js';

/** An instant as ISO 8601 with its offset, as in `2027-01-31T09:00:00Z`; `t` and `z` are as good (RFC 3339, 5.6). */
export const instantSchema = z
  .string()
  .toUpperCase()
  .check(
    z.iso.datetime({
      offset: true,
      error: 'must be an instant in ISO 8601 with its offset, such as "2027-01-31T09:00:00Z"',
    }),
  );

/** What happens to fixed times of the day where the clocks change. */
export const dstRuleSchema = z.strictObject({
  gap: z
    .enum(['next', 'shift', 'skip'])
    .default('next')
    .describe('Times that the clocks leave out: once right after the gap, each later by its length, or not at all.'),
  fold: z
    .enum(['first', 'second', 'both'])
    .default('first')
    .describe('Times that the clocks repeat: at their first passing, at their second, or at both.'),
});

export type DstRule = z.infer<typeof dstRuleSchema>;

export const cronTriggerSchema = z
  .strictObject({
    type: z.literal('cron'),
    expression: z
      .string()
      .min(1)
      .max(1000)
      .describe('Five fields, six with seconds first, seven with seconds first and a year last, or a nickname.'),
    timeZone: z.string().min(1).max(64).default('UTC').describe('IANA time zone in which the expression is read.'),
    dst: dstRuleSchema.optional().describe('What happens to fixed times of the day where the clocks change.'),
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

export const rruleTriggerSchema = z
  .strictObject({
    type: z.literal('rrule'),
    rule: z
      .string()
      .min(1)
      .max(20_000)
      .describe('The value of an RRULE of RFC 5545, or lines with RRULE and, if need be, DTSTART, RDATE and EXDATE.'),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("IANA time zone in which the rule is read; without it, the TZID of the rule's DTSTART, or UTC."),
  })
  .meta({ id: 'RruleTrigger' });

/** The type of an event: what is raised can be listened to. */
export const eventTypeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, ".", "_" or "-", at most 128 of them');

export const eventTriggerSchema = z
  .strictObject({
    type: z.literal('event'),
    event: eventTypeSchema,
    filter: jsonObjectSchema
      .optional()
      .describe('A MongoDB query over {id, type, data, receivedAt}; without it, every event of the type matches.'),
  })
  .meta({ id: 'EventTrigger' });

export const manualTriggerSchema = z.strictObject({ type: z.literal('manual') }).meta({ id: 'ManualTrigger' });

export type CronTrigger = z.infer<typeof cronTriggerSchema>;
export type IntervalTrigger = z.infer<typeof intervalTriggerSchema>;
export type OnceTrigger = z.infer<typeof onceTriggerSchema>;
export type RruleTrigger = z.infer<typeof rruleTriggerSchema>;
export type EventTrigger = z.infer<typeof eventTriggerSchema>;
export type ManualTrigger = z.infer<typeof manualTriggerSchema>;

export const triggerSchema = z
  .discriminatedUnion('type', [
    cronTriggerSchema,
    intervalTriggerSchema,
    onceTriggerSchema,
    rruleTriggerSchema,
    eventTriggerSchema,
    manualTriggerSchema,
  ])
  .meta({ id: 'Trigger' });

/** A trigger of a type that a host application has registered; its name holds a colon, as in "acme:full-moon". */
export type CustomTrigger = { type: `${string}:${string}`; [member: string]: Json | undefined };

/** When a task is due. */
export type Trigger = z.infer<typeof triggerSchema> | CustomTrigger;
/** A trigger as callers say it: what has a default may be left out. */
export type TriggerInput = z.input<typeof triggerSchema> | CustomTrigger;
