import { createHash } from 'node:crypto';
import { CronTime } from 'cron';
import { AS_BY_TIMER } from '../../domain/as-by-timer.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { JsonObject } from '../../domain/json.js';
import { taskDefinitionSchema, type TaskInput } from '../../domain/task-definition.js';
import type { TriggerInput } from '../../domain/trigger.js';
import type { CronOptions } from '../decorators.js';
import type { DeclaredCron, DeclaredJob } from '../declared-job.js';
import type { JobKind } from '../metadata.js';
import type { ResolvedScheduleOptions } from '../schedule-options.js';
import { triggerOf } from './cron-dialect.js';

/** A job as the task that it becomes. */
export interface Definition {
  kind: JobKind;
  name: string;
  /** The key of its task, by which its id is derived. */
  key: string;
  /** The name of the handler that works it. */
  handler: string;
  input: TaskInput;
  /** Whether code wants it registered, but not started. */
  disabled: boolean;
  /** The same for two declarations that want the same task. */
  digest: string;
}

type Surroundings = Pick<ResolvedScheduleOptions, 'application' | 'deployment'> & {
  /** When the application started, epoch ms. */
  now: number;
};

/** The longest name of a job: with the kind and the application it names a handler. */
const LONGEST_NAME = 140;

/** Those members of a task that an option of a decorator may set. */
const POLICIES = Object.keys(taskDefinitionSchema.shape).filter(
  (member) => !['name', 'triggers', 'action', 'parameters'].includes(member),
);

/** The start of a deployment is made up for, because it comes once. */
const ONCE_PER_DEPLOYMENT = { ...AS_BY_TIMER, misfire: {}, onCrash: 'retry' } as const satisfies Partial<TaskInput>;

/** The tag of all tasks of an application. */
export const tagOf = (application: string): string => `schedule:${application}`;

/** The task of a job. @throws Error with a sentence */
export function definitionOf(job: DeclaredJob, { application, deployment, now }: Surroundings): Definition {
  const { kind, name } = job;
  if (name.length > LONGEST_NAME) throw new Error(`The job ${name} has a name of more than ${LONGEST_NAME} letters.`);
  const handler = `schedule:${application}:${kind}:${name}`;
  const disabled = kind === 'cron' && job.options.disabled === true;
  const trigger = triggerFor(job, now);
  const input = {
    name,
    description: `${job.source}, declared in code by the application ${application}.`,
    triggers: [trigger],
    action: { type: 'handler', name: handler },
    ...(kind === 'timeout' ? ONCE_PER_DEPLOYMENT : AS_BY_TIMER),
    ...(kind === 'cron' && cronPolicies(job.options)),
    ...policiesIn(job.options),
  } satisfies TaskInput;
  const tagged = { ...input, tags: ['schedule', tagOf(application), ...(job.options.tags ?? [])] };
  // The instant of a timeout is that of whoever is first.
  const told = kind === 'timeout' ? { ...tagged, triggers: job.options.timeout } : tagged;
  const digest = createHash('sha256')
    .update(canonicalJson([told, disabled]))
    .digest('base64url')
    .slice(0, 16);
  const key = kind === 'timeout' ? `${handler}@${deployment}` : handler;
  return { kind, name, key, handler, disabled, digest, input: tagged };
}

function triggerFor(job: DeclaredJob, now: number): TriggerInput {
  if (job.kind === 'cron') return cronTrigger(job);
  const { timeout } = job.options;
  if (!(timeout >= 0)) throw new Error(`The job ${job.name} must have a number of milliseconds, not ${timeout}.`);
  if (job.kind === 'timeout') return { type: 'once', at: new Date(now + timeout).toISOString() };
  return { type: 'interval', everyMs: Math.max(1, Math.trunc(timeout)) };
}

/** The time of a job as `cron` reads it. @throws what `cron` throws */
export const cronTimeOf = ({ cronTime, timeZone, utcOffset }: DeclaredCron['options']): CronTime =>
  utcOffset === undefined ? new CronTime(cronTime, timeZone, null) : new CronTime(cronTime, null, utcOffset);

function cronTrigger({ name, options }: DeclaredCron): TriggerInput {
  const time = cronTimeOf(options);
  try {
    return triggerOf(time);
  } catch (error) {
    throw new Error(`The job ${name} ${(error as Error).message}.`, { cause: error });
  }
}

const cronPolicies = ({ waitForCompletion, threshold }: CronOptions): Partial<TaskInput> => ({
  ...(waitForCompletion && { overlap: 'skip' }),
  ...(threshold !== undefined && { misfire: { ...AS_BY_TIMER.misfire, graceMs: Math.abs(threshold) } }),
});

const policiesIn = (options: object): Partial<TaskInput> =>
  Object.fromEntries(
    POLICIES.flatMap((member) => {
      const value = (options as Record<string, unknown>)[member];
      return value === undefined ? [] : [[member, value]];
    }),
  );

/** What a task's parameters say of the declaration that made it what it is. */
export interface DeclarationRecord {
  digest: string;
  /** The digests of declarations that this one and earlier ones replaced, latest first. */
  superseded: readonly string[];
}

/** How many replaced declarations a task remembers. */
const MOST_SUPERSEDED = 20;

/** The record for a task that so far had `before`. */
export function recordAfter(before: DeclarationRecord | null, digest: string): DeclarationRecord {
  if (before?.digest === digest) return before;
  const superseded = before ? [before.digest, ...before.superseded].filter((each) => each !== digest) : [];
  return { digest, superseded: superseded.slice(0, MOST_SUPERSEDED) };
}

export const parametersOf = ({ digest, superseded }: DeclarationRecord): JsonObject => ({
  declaration: { digest, superseded: [...superseded] },
});

/** The record in a task's parameters; null when they hold none. */
export function recordIn({ declaration }: JsonObject): DeclarationRecord | null {
  const { digest, superseded } = Object(declaration) as { digest?: unknown; superseded?: unknown };
  if (typeof digest !== 'string' || !Array.isArray(superseded)) return null;
  return { digest, superseded: superseded.filter((each): each is string => typeof each === 'string') };
}
