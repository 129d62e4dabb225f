import { z } from 'zod';
import { faultsOf } from '../../domain/faults.js';
import type { JsonObject } from '../../domain/json.js';
import {
  LONGEST_DEADLINE_MS,
  LONGEST_TIMEOUT_MS,
  MOST_ATTEMPTS,
  type TaskInput,
} from '../../domain/task-definition.js';
import type { TriggerInput } from '../../domain/trigger.js';
import { everyOf, robfigTrigger } from '../cron/robfig-expression.js';
import { NotCarriedOver, ReadingBuilder, shortened, zoneAssumed, type Plan, type Reading } from '../reading.js';
import { manifestsIn } from './documents.js';

export interface CronJobOptions {
  /** The zone of the controller, for jobs that name none. */
  timeZone: string;
  /** The handler that the tasks call. */
  handler: string;
}

const DAY_MS = 86_400_000;
/** How long Kubernetes waits before it tries again: doubled each time, up to six minutes. */
const BACKOFF = { backoff: 'exponential', baseDelayMs: 10_000, maxDelayMs: 360_000, jitter: 0 } as const;
/** How many failures of a job are made up for unless it says so. */
const BACKOFF_LIMIT = 6;
/** Written by tools, about the object and not about the job. */
const OF_TOOLS = ['kubectl.kubernetes.io/last-applied-configuration'];

const seconds = z.number().int().min(0);
const texts = z.record(z.string(), z.string()).nullish();
const cronJobSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().nullish(),
    labels: texts,
    annotations: texts,
  }),
  spec: z.looseObject({
    schedule: z.string().min(1).max(1000),
    timeZone: z.string().nullish(),
    suspend: z.boolean().nullish(),
    concurrencyPolicy: z.enum(['Allow', 'Forbid', 'Replace']).nullish(),
    startingDeadlineSeconds: seconds.nullish(),
    successfulJobsHistoryLimit: seconds.nullish(),
    failedJobsHistoryLimit: seconds.nullish(),
    jobTemplate: z.looseObject({
      spec: z.looseObject({
        backoffLimit: seconds.nullish(),
        activeDeadlineSeconds: seconds.nullish(),
        template: z.looseObject({}),
      }),
    }),
  }),
});
type CronJob = z.infer<typeof cronJobSchema>;

const KNOWN = Object.keys(cronJobSchema.shape.spec.shape);
const OVERLAP = { Allow: 'allow', Forbid: 'skip', Replace: 'replace' } as const;

/** The tasks that the CronJobs in a YAML text become. Each calls a handler, which gets the template of the job. */
export async function readCronJobs(text: string, options: CronJobOptions): Promise<Reading> {
  const reading = new ReadingBuilder();
  for (const { where, object } of await manifestsIn(text, reading)) {
    const kind = typeof object['kind'] === 'string' ? object['kind'] : 'nothing';
    const at = { where: `${where}, ${shortened(textIn(object['metadata'], 'name'), 60)}`, entry: kind };
    if (kind !== 'CronJob' || !isOfBatch(object['apiVersion'])) {
      reading.leave(at, `is of the kind ${shortened(kind, 60)}; only CronJobs become tasks`);
    } else reading.add({ ...at, entry: textIn(object['spec'], 'schedule') }, () => planOf(object, options));
  }
  if (reading.tasks.length > 0) {
    reading.remark(
      `The service makes no pods: each task calls the handler "${options.handler}", which gets the template of the job.`,
    );
    reading.remark("Retries and deadlines are the task's own; in the template that a handler gets, backoffLimit is 0.");
  }
  return reading;
}

/** The items of a list need not name their version. */
const isOfBatch = (version: unknown): boolean =>
  version === undefined || (typeof version === 'string' && version.startsWith('batch/'));

/** A text within a part of an object that nobody has checked yet. */
function textIn(part: unknown, member: string): string {
  const value = (Object(part) as Record<string, unknown>)[member];
  return typeof value === 'string' ? value : '?';
}

function planOf(object: unknown, options: CronJobOptions): Omit<Plan, 'where'> {
  const parsed = cronJobSchema.safeParse(object);
  if (!parsed.success) {
    const [{ pointer, detail } = { detail: 'cannot be read' }] = faultsOf(parsed.error);
    throw new NotCarriedOver(`is no valid CronJob: ${pointer ?? ''} ${detail}`);
  }
  const { metadata, spec } = parsed.data;
  const namespace = metadata.namespace ?? 'default';
  const differences = differencesOf(parsed.data, options);
  const input: TaskInput = {
    name: shortened(`${namespace}/${metadata.name}`),
    description: 'From a CronJob of Kubernetes.',
    triggers: [triggerOf(spec, options)],
    action: { type: 'handler', name: options.handler },
    parameters: { namespace, name: metadata.name, jobTemplate: templateOf(spec) },
    overlap: OVERLAP[spec.concurrencyPolicy ?? 'Allow'],
    ...policiesOf(spec, differences),
  };
  const key = `${namespace}/${metadata.name}`;
  return {
    key,
    schedule: spec.schedule,
    input,
    differences,
    ...(spec.suspend && { pausedFor: 'suspended in Kubernetes' }),
  };
}

function triggerOf({ schedule, timeZone }: CronJob['spec'], options: CronJobOptions): TriggerInput {
  const everyMs = everyOf(schedule);
  if (everyMs !== null) return { type: 'interval', everyMs };
  return robfigTrigger(schedule, timeZone ?? options.timeZone);
}

function policiesOf(spec: CronJob['spec'], differences: string[]): Partial<TaskInput> {
  const { backoffLimit, activeDeadlineSeconds } = spec.jobTemplate.spec;
  const late = spec.startingDeadlineSeconds;
  const start =
    typeof late === 'number' ? bounded(late * 1000, LONGEST_DEADLINE_MS, 'start deadline', differences) : null;
  const whole = activeDeadlineSeconds
    ? bounded(activeDeadlineSeconds * 1000, LONGEST_DEADLINE_MS, 'deadline', differences)
    : null;
  const attempts = (backoffLimit ?? BACKOFF_LIMIT) + 1;
  if (attempts > MOST_ATTEMPTS) differences.push(`It is tried ${MOST_ATTEMPTS} times at most.`);
  return {
    retry: { maxAttempts: Math.min(attempts, MOST_ATTEMPTS), ...BACKOFF },
    // What was missed while nobody could start it is made up for once, however old it is, unless there is a deadline.
    misfire: { policy: 'fire-once', maxAgeMs: start ?? 366 * DAY_MS },
    ...(start !== null && start > 0 && { startDeadlineMs: start }),
    ...(whole !== null && { deadlineMs: whole }),
    timeoutMs: Math.min(whole ?? LONGEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS),
  };
}

function bounded(ms: number, most: number, name: string, differences: string[]): number {
  if (ms > most) differences.push(`Its ${name} is ${most / DAY_MS} days, the longest there is.`);
  return Math.min(ms, most);
}

/** The template as the handler gets it, without what the task itself does now. */
function templateOf({ jobTemplate }: CronJob['spec']): JsonObject {
  const { activeDeadlineSeconds: _, ...spec } = jobTemplate.spec;
  // A manifest may hold dates and other values that YAML knows and JSON does not.
  return JSON.parse(JSON.stringify({ ...jobTemplate, spec: { ...spec, backoffLimit: 0 } })) as JsonObject;
}

function differencesOf({ metadata, spec }: CronJob, options: CronJobOptions): string[] {
  const differences: string[] = [];
  if (!spec.timeZone && !/TZ=/.test(spec.schedule) && !spec.schedule.startsWith('@every')) {
    differences.push(zoneAssumed(options.timeZone, 'the controller'));
  }
  if (spec.schedule.startsWith('@every')) differences.push('Its interval counts from the import on.');
  if (typeof spec.successfulJobsHistoryLimit === 'number' || typeof spec.failedJobsHistoryLimit === 'number') {
    differences.push('Its history limits are left out: runs are kept for as long as the settings of the service say.');
  }
  const said = [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})];
  const names = said.filter((name) => !OF_TOOLS.includes(name));
  if (names.length > 0) differences.push(`Its labels and annotations are left out: ${shortened(names.join(', '))}.`);
  const unknown = Object.keys(spec).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) differences.push(`Members of its spec are left out: ${shortened(unknown.join(', '))}.`);
  if (/"value":/.test(JSON.stringify(spec.jobTemplate))) {
    differences.push('The values of its environment variables can be read in the parameters of the task.');
  }
  return differences;
}
