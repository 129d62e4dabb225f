import { z } from 'zod';
import { calendarUseSchema } from './calendar.js';
import { actionSchema } from './action.js';
import { jsonObjectSchema } from './json.js';
import { DEFAULT_QUEUE, queueNameSchema } from './queue.js';
import { resourcesSchema } from './resources.js';
import { instantSchema, triggerSchema, type Trigger, type TriggerInput } from './trigger.js';

const DAY_MS = 86_400_000;
/** The most that a task may ask for. */
export const MOST_ATTEMPTS = 100;
export const LONGEST_TIMEOUT_MS = 7 * DAY_MS;
export const LONGEST_DEADLINE_MS = 30 * DAY_MS;
export const LONGEST_SPREAD_MS = DAY_MS;
/** What a secret may be called. */
export const SECRET_NAME = /^[A-Za-z0-9_-]{1,100}$/;

export const retryPolicySchema = z
  .strictObject({
    maxAttempts: z
      .int()
      .min(1)
      .max(MOST_ATTEMPTS)
      .default(3)
      .describe('How many attempts a run may have, including the first.'),
    backoff: z.enum(['exponential', 'linear', 'fixed']).default('exponential'),
    baseDelayMs: z.int().min(0).max(DAY_MS).default(1000),
    maxDelayMs: z
      .int()
      .min(0)
      .max(7 * DAY_MS)
      .default(300_000),
    jitter: z.number().min(0).max(1).default(0.2).describe('The share of the delay that is random, from 0 to 1.'),
    retryOn: z
      .array(z.union([z.string().min(1).max(100), z.int()]))
      .max(100)
      .optional()
      .describe(
        'Error codes or HTTP statuses that are retried. Unless given, all are, except for answers that would stay the same: other HTTP statuses than 408, 425, 429 and 5xx.',
      ),
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
      .describe('How many missed occurrences run at most, with fire-all.'),
    maxAgeMs: z.int().min(0).default(DAY_MS).describe('An occurrence missed for longer than this does not run.'),
    graceMs: z.int().min(0).max(DAY_MS).default(5000).describe('Up to this lateness an occurrence is not a misfire.'),
  })
  .meta({ id: 'MisfirePolicy' });

const LONGEST_PARAMETER_NAME = 100;

/** Parameters of a task, or of one run in their place. */
export const parametersSchema = jsonObjectSchema.refine(
  (parameters) => Object.keys(parameters).every((name) => name.length <= LONGEST_PARAMETER_NAME),
  `must have names of at most ${LONGEST_PARAMETER_NAME} characters`,
);

/** The definition that a caller gives for a task; every policy has a default. */
export const taskDefinitionSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    description: z.string().max(2000).optional(),
    triggers: z.array(triggerSchema).min(1).max(20),
    action: actionSchema,
    parameters: parametersSchema.default({}),
    queue: queueNameSchema
      .default(DEFAULT_QUEUE)
      .describe('Which instances run the task: those that work this queue, and have its handler.'),
    priority: z.int().min(0).max(9).default(5).describe('0 (lowest) to 9.'),
    overlap: z.enum(['skip', 'queue', 'allow', 'replace']).default('skip'),
    misfire: misfirePolicySchema.prefault({}),
    retry: retryPolicySchema.prefault({}),
    timeoutMs: z
      .int()
      .min(1)
      .max(LONGEST_TIMEOUT_MS)
      .default(60_000)
      .describe('How long one attempt may take, in milliseconds.'),
    startDeadlineMs: z
      .int()
      .min(1)
      .max(LONGEST_DEADLINE_MS)
      .optional()
      .describe(
        'A run that cannot start within this time after its due instant does not run, and is missed. In milliseconds.',
      ),
    deadlineMs: z
      .int()
      .min(1)
      .max(LONGEST_DEADLINE_MS)
      .optional()
      .describe(
        'How long a run may take from its first start, including all attempts and the waits between them. In milliseconds.',
      ),
    onCrash: z
      .enum(['retry', 'fail'])
      .default('retry')
      .describe('What to do if the instance that runs an attempt dies.'),
    maxCrashes: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('A run ends as failed when this many instances have died while running it; 5 unless given.'),
    pauseAfterFailures: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'How many failed or timed-out runs in a row pause the task. Cancelled, skipped and missed runs do not count.',
      ),
    resources: resourcesSchema
      .optional()
      .describe('How many units of which pools an attempt needs, by name; the organization sets how many there are.'),
    startAt: instantSchema.optional().describe('The task is not due before this instant.'),
    endAt: instantSchema.optional().describe('The task is not due at this instant or later.'),
    maxRuns: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe('How many time-driven occurrences run before the task is completed.'),
    spreadMs: z
      .int()
      .min(0)
      .max(LONGEST_SPREAD_MS)
      .optional()
      .describe('Each occurrence starts up to this many milliseconds later; the offset of a task is always the same.'),
    calendars: z
      .array(calendarUseSchema)
      .max(10)
      .optional()
      .describe(
        'Calendars of the organization. An occurrence that one of them leaves out does not run, or runs later.',
      ),
    tags: z.array(z.string().min(1).max(64)).max(20).default([]),
  })
  .meta({ id: 'TaskDefinition' });

const isWindow = ({ startAt, endAt }: { startAt?: string | undefined; endAt?: string | undefined }): boolean =>
  startAt === undefined || endAt === undefined || Date.parse(startAt) < Date.parse(endAt);

const WINDOW_FAULT = { path: ['endAt'], error: 'must be after startAt' };

const withSecrets = taskDefinitionSchema.extend({
  secrets: z
    .record(z.string().regex(SECRET_NAME), z.string().max(10_000))
    .optional()
    .describe('Write-only: encrypted at rest, never returned or logged.'),
});

/** The input for a new task: its definition, and its secrets in plain text, which are sealed before they are stored. */
export const taskInputSchema = withSecrets.refine(isWindow, WINDOW_FAULT).meta({ id: 'TaskInput' });

/** As `taskInputSchema`, but without the triggers, which the registered types check. */
export const taskFrameSchema = withSecrets
  .extend({ triggers: z.array(z.unknown()).min(1).max(20) })
  .refine(isWindow, WINDOW_FAULT);

export type RetryPolicy = z.infer<typeof retryPolicySchema>;
export type MisfirePolicy = z.infer<typeof misfirePolicySchema>;
export type TaskDefinition = Omit<z.infer<typeof taskDefinitionSchema>, 'triggers'> & { triggers: Trigger[] };
/** The input of `TaskScheduler` and `POST /v1/tasks`. */
export type TaskInput = Omit<z.input<typeof taskInputSchema>, 'triggers'> & { triggers: TriggerInput[] };
