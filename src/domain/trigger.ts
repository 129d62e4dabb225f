import { z } from 'zod';
import { jsonObjectSchema, type Json } from './json.js';

/**
 * An instant in ISO 8601 with its offset, such as `2027-01-31T09:00:00Z`; lower-case `t` and `z` are valid (RFC 3339,
 * 5.6).
 */
export const instantSchema = z
  .string()
  .toUpperCase()
  .check(
    z.iso.datetime({
      offset: true,
      error: 'must be an instant in ISO 8601 with its offset, such as "2027-01-31T09:00:00Z"',
    }),
  );

/** What happens to fixed times of day when the clocks change. */
export const dstRuleSchema = z.strictObject({
  gap: z
    .enum(['next', 'shift', 'skip'])
    .default('next')
    .describe(
      'Times that the clocks skip. next: they fire once, right after the gap. shift: each fires later by the length of the gap. skip: they do not fire.',
    ),
  fold: z
    .enum(['first', 'second', 'both'])
    .default('first')
    .describe('Times that occur twice: they fire the first time, the second time, or both times.'),
});

export type DstRule = z.infer<typeof dstRuleSchema>;

export const cronTriggerSchema = z
  .strictObject({
    type: z.literal('cron'),
    expression: z
      .string()
      .min(1)
      .max(1000)
      .describe('Five fields; six with seconds first; seven with seconds first and a year last; or a nickname.'),
    timeZone: z.string().min(1).max(64).default('UTC').describe('IANA time zone in which the expression is read.'),
    dst: dstRuleSchema.optional().describe('What happens to fixed times of the day when the clocks change.'),
  })
  .meta({ id: 'CronTrigger' });

export const intervalTriggerSchema = z
  .strictObject({
    type: z.literal('interval'),
    everyMs: z.int().min(1).max(31_622_400_000).describe('The time between two occurrences, in milliseconds.'),
    anchorAt: instantSchema
      .optional()
      .describe('An instant of the series; unless given, the instant at which the task was created.'),
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
      .describe(
        'The value of an RRULE of RFC 5545, or several lines: RRULE and, if needed, DTSTART, RDATE and EXDATE.',
      ),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("IANA time zone in which the rule is read; unless given, the TZID of the rule's DTSTART, or else UTC."),
  })
  .meta({ id: 'RruleTrigger' });

/** The type of an event: every event that can be raised can also be awaited. */
export const eventTypeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, ".", "_" or "-", at most 128 of them');

const filterSchema = jsonObjectSchema
  .optional()
  .describe('A MongoDB query over {id, type, data, receivedAt}; without it, every event of the type matches.');

/** The longest that events wait for each other (ms). */
const LONGEST_WAIT_MS = 7 * 86_400_000;
const LONGEST_JOIN_MS = 31 * 86_400_000;
/** How many events a window gathers, and how many runs a throttle counts. */
export const MOST_GATHERED = 1000;

const spanSchema = z.int().min(1).max(LONGEST_WAIT_MS);
const countSchema = z.int().min(1).max(MOST_GATHERED);

const windowKeySchema = z
  .string()
  .regex(/^[^.$\s][^.\s]{0,99}(\.[^.$\s][^.\s]{0,99}){0,9}$/, 'must be a path such as "data.suite", at most 10 names')
  .optional()
  .describe(
    'The path of a value, such as `data.suite`: events with different values are handled apart, each value by itself. Texts, numbers and truth values count; anything else is as if it were missing.',
  );

/** Starts one run when events have stopped coming. */
const debounceSchema = z
  .strictObject({
    quietMs: spanSchema.describe('For how long no further event must have come.'),
    maxMs: spanSchema
      .optional()
      .describe(
        'How long after the first event the run starts at the latest; unless given, ten times quietMs, at most 7 days.',
      ),
    key: windowKeySchema,
  })
  .refine(({ quietMs, maxMs = quietMs }) => maxMs >= quietMs, {
    path: ['maxMs'],
    message: 'must not be less than quietMs',
  })
  .meta({ id: 'Debounce' });

/** Starts no more than so many runs in any stretch of time. */
const throttleSchema = z
  .strictObject({
    count: countSchema.describe('How many runs start in any stretch of perMs; what comes beyond starts none.'),
    perMs: spanSchema,
    key: windowKeySchema,
  })
  .meta({ id: 'Throttle' });

/** Starts one run for several events. */
const batchSchema = z
  .strictObject({
    maxSize: countSchema.describe('With so many events the run starts at once.'),
    maxMs: spanSchema.describe('How long after the first event the run starts at the latest.'),
    key: windowKeySchema,
  })
  .meta({ id: 'Batch' });

/** Starts a run when an event of each kind has come. */
const allSchema = z
  .strictObject({
    events: z
      .array(z.strictObject({ event: eventTypeSchema, filter: filterSchema }))
      .min(2)
      .max(10)
      .describe('The kinds of events; the newest event of a kind takes the place of an older one.'),
    withinMs: z.int().min(1).max(LONGEST_JOIN_MS).describe('How far apart the events may be received.'),
    key: windowKeySchema,
  })
  .meta({ id: 'All' });

/** The conditions that a trigger for events of one type may have. */
const CONDITIONS = ['debounce', 'throttle', 'batch'] as const;

export const eventTriggerSchema = z
  .strictObject({
    type: z.literal('event'),
    event: eventTypeSchema.optional().describe('The type of the events; a trigger has this, or all.'),
    filter: filterSchema,
    debounce: debounceSchema.optional(),
    throttle: throttleSchema.optional(),
    batch: batchSchema.optional(),
    all: allSchema.optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (name: string, message: string) =>
      issues.push({ code: 'custom', input: value, path: [name], message });
    if (value.all === undefined && value.event === undefined)
      refuse('event', 'is missing: a trigger has event, or all');
    if (value.all !== undefined) {
      for (const name of ['event', 'filter', ...CONDITIONS] as const)
        if (value[name] !== undefined) refuse(name, 'cannot stand beside all, which names its events itself');
    }
    const [, ...further] = CONDITIONS.filter((name) => value[name] !== undefined);
    for (const name of further) refuse(name, 'is one too many: a trigger has one of debounce, throttle and batch');
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

/** A trigger of a host application's type; the type's name has a colon, as in "acme:full-moon". */
export type CustomTrigger = { type: `${string}:${string}`; [member: string]: Json | undefined };

/** When a task is due. */
export type Trigger = z.infer<typeof triggerSchema> | CustomTrigger;
/** A trigger as callers give it: members with defaults may be missing. */
export type TriggerInput = z.input<typeof triggerSchema> | CustomTrigger;
