import { z } from 'zod';
import { calendarUseSchema } from './calendar.js';
import { actionSchema } from './action.js';
import { jsonObjectSchema } from './json.js';
import { resourcesSchema } from './resources.js';
import { instantSchema, triggerSchema, type Trigger, type TriggerInput } from './trigger.js';

const DAY_MS = 86_400_000;

export const retryPolicySchema = z
  .strictObject({
    maxAttempts: z.int().min(1).max(100).default(3).describe('Attempts in all, the first one included.'),
    backoff: z.enum(['exponential', 'linear', 'fixed']).default('exponential'),
    baseDelayMs: z.int().min(0).max(DAY_MS).default(1000),
    maxDelayMs: z
      .int()
      .min(0)
      .max(7 * DAY_MS)
      .default(300_000),
    jitter: z.number().min(0).max(1).default(0.2).describe('Share of the delay that is random, 0 to 1.'),
    retryOn: z
      .array(z.union([z.string().min(1).max(100), z.int()]))
      .max(100)
      .optional()
      .describe('Error codes or HTTP statuses that are retried; without it, every failure is.'),
    abortOn: z
      .array(z.union([z.string().min(1).max(100), z.int()]))
      .max(100)
      .optional()
      .describe('Error codes or HTTP statuses that end the run at once.'),
  })
  .meta({ id: 'RetryPolicy' });

export const misfirePolicySchema = z
  .strictObject({
    policy: z.enum(['fire-once', 'fire-all', 'skip']).default('fire-once'),
    maxCount: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('With fire-all, how many missed occurrences run at most.'),
    maxAgeMs: z.int().min(0).default(DAY_MS).describe('An occurrence missed for longer than this does not run.'),
    graceMs: z.int().min(0).max(DAY_MS).default(5000).describe('Up to this lateness an occurrence is not a misfire.'),
  })
  .meta({ id: 'MisfirePolicy' });

const LONGEST_PARAMETER_NAME = 100;

const parametersSchema = jsonObjectSchema.refine(
  (parameters) => Object.keys(parameters).every((name) => name.length <= LONGEST_PARAMETER_NAME),
  `must have names of at most ${LONGEST_PARAMETER_NAME} characters`,
);

/** What a caller says of a task; every policy has its default. */
export const taskDefinitionSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    description: z.string().max(2000).optional(),
    triggers: z.array(triggerSchema).min(1).max(20),
    action: actionSchema,
    parameters: parametersSchema.default({}),
    priority: z.int().min(0).max(9).default(5).describe('0 (lowest) to 9.'),
    overlap: z.enum(['skip', 'queue', 'allow', 'replace']).default('skip'),
    misfire: misfirePolicySchema.prefault({}),
    retry: retryPolicySchema.prefault({}),
    timeoutMs: z
      .int()
      .min(1)
      .max(7 * DAY_MS)
      .default(60_000)
      .describe('Longest time of one attempt.'),
    startDeadlineMs: z
      .int()
      .min(1)
      .max(30 * DAY_MS)
      .optional()
      .describe('A run that could not start within this time of its due instant does not run: it is missed.'),
    deadlineMs: z
      .int()
      .min(1)
      .max(30 * DAY_MS)
      .optional()
      .describe('Longest time of a run from its first start, all attempts and the waits between them included.'),
    onCrash: z
      .enum(['retry', 'fail'])
      .default('retry')
      .describe('What follows when the instance running an attempt dies.'),
    maxCrashes: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('After so many instances have died while running it, a run ends as failed; 5 unless given.'),
    pauseAfterFailures: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('So many failed or timed-out runs in a row pause the task; cancelled and skipped ones do not count.'),
    resources: resourcesSchema
      .optional()
      .describe('Units of named pools that an attempt needs; the organization sets how many there are.'),
    startAt: instantSchema.optional().describe('The task is not due for anything before this instant.'),
    endAt: instantSchema.optional().describe('The task is due for nothing at this instant or after it.'),
    maxRuns: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe('How many of its time-driven occurrences run before it is completed.'),
    spreadMs: z
      .int()
      .min(0)
      .max(DAY_MS)
      .optional()
      .describe('Each occurrence starts up to this much later, always the same time for one task.'),
    calendars: z
      .array(calendarUseSchema)
      .max(10)
      .optional()
      .describe('Calendars of the organization; what one of them leaves out does not run, or later.'),
    tags: z.array(z.string().min(1).max(64)).max(20).default([]),
  })
  .meta({ id: 'TaskDefinition' });

const isWindow = ({ startAt, endAt }: { startAt?: string | undefined; endAt?: string | undefined }): boolean =>
  startAt === undefined || endAt === undefined || Date.parse(startAt) < Date.parse(endAt);

const WINDOW_FAULT = { path: ['endAt'], error: 'must be after startAt' };

const withSecrets = taskDefinitionSchema.extend({
  secrets: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/), z.string().max(10_000))
    .optional()
    .describe('Write-only: encrypted at rest, never returned or logged.'),
});

/** A task as it is created: its definition, and its secrets in the clear, which are sealed before they are stored. */
export const taskInputSchema = withSecrets.refine(isWindow, WINDOW_FAULT).meta({ id: 'TaskInput' });

/** As `taskInputSchema`, but for the triggers, which the types that are registered check. */
export const taskFrameSchema = withSecrets
  .extend({ triggers: z.array(z.unknown()).min(1).max(20) })
  .refine(isWindow, WINDOW_FAULT);

export type RetryPolicy = z.infer<typeof retryPolicySchema>;
export type MisfirePolicy = z.infer<typeof misfirePolicySchema>;
export type TaskDefinition = Omit<z.infer<typeof taskDefinitionSchema>, 'triggers'> & { triggers: Trigger[] };
/** What `TaskScheduler` and `POST /v1/tasks` take. */
export type TaskInput = Omit<z.input<typeof taskInputSchema>, 'triggers'> & { triggers: TriggerInput[] };
