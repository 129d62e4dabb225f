import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';
import { isTooDeep } from '../../domain/json-depth.js';
import { LONGEST_TIMEOUT_MS, type TaskInput } from '../../domain/task-definition.js';
import type { TriggerInput } from '../../domain/trigger.js';
import { cronParserTrigger, isCronParserExpression } from '../cron/cron-parser-expression.js';
import { parametersOf } from '../json-text.js';
import { NotCarriedOver, ReadingBuilder, shortened, zoneAssumed, type Plan, type Reading } from '../reading.js';
import { humanInterval } from './human-interval.js';
import { withoutDays } from './skipped-days.js';

export interface JobOptions {
  /** The zone of the processes, for jobs that name none. */
  timeZone: string;
  /** The handler of all tasks; unless given, that of each has the name of its job. */
  handler?: string;
}

const DAY_MS = 86_400_000;
const WORDS: Readonly<Record<string, number>> = { lowest: -20, low: -10, normal: 0, high: 10, highest: 20 };
/** What a job's record says of its past runs and of its bookkeeping. */
const OF_RUNS = [
  ...[
    '_id',
    '__v',
    'lockedAt',
    'lastRunAt',
    'lastFinishedAt',
    'failedAt',
    'failCount',
    'failReason',
    'progress',
    'result',
  ],
  ...['lastModifiedBy', 'debounceStartedAt', 'retryCount', 'lockDate', 'agenda'],
];
const READ = [
  ...['name', 'type', 'data', 'priority', 'nextRunAt', 'repeatInterval', 'repeatTimezone', 'repeatAt', 'disabled'],
  ...['startDate', 'endDate', 'skipDays'],
];

/** The tasks that the jobs in a collection of Agenda become; each job is an object in Extended JSON. */
export function readJobs(jobs: Iterable<unknown>, options: JobOptions, now: number): Reading {
  const reading = new ReadingBuilder();
  let done = 0;
  for (const [index, raw] of [...jobs].entries()) {
    const job = plain(raw as Json);
    const name = isJsonObject(job) && typeof job['name'] === 'string' ? job['name'] : '?';
    reading.add({ where: shortened(name, 80), entry: `job ${index + 1}` }, () => {
      if (isJsonObject(job) && name !== '?' && name !== '' && isDone(job)) {
        done++;
        return null;
      }
      return planOf(job, options, now);
    });
  }
  if (done > 0) reading.remark(`Jobs that have no next run: ${done}; they are over.`);
  if (reading.tasks.length > 0) {
    reading.remark(
      'What define() and the application say of a job (concurrency, lock lifetime, backoff) is code, and not read.',
    );
    reading.remark('A job that repeats is never beside itself in Agenda; what comes due meanwhile is skipped here.');
  }
  return reading;
}

const isDone = ({ nextRunAt, repeatInterval, repeatAt }: JsonObject): boolean =>
  !nextRunAt && !repeatInterval && !repeatAt;

function planOf(job: Json, options: JobOptions, now: number): Omit<Plan, 'where'> {
  if (!isJsonObject(job) || typeof job['name'] !== 'string' || job['name'] === '')
    throw new NotCarriedOver('is no job with a name');
  if (isTooDeep(job)) throw new NotCarriedOver('is nested too deeply');
  const { name } = job;
  const differences: string[] = [];
  const { trigger, schedule } = timesOf(job, options, now, differences);
  const endDate = instantOf(job['endDate']);
  const startDate = instantOf(job['startDate']);
  if (startDate ?? endDate)
    differences.push('Versions of Agenda before 6 count from the beginning of the day of its start and its end.');
  const input: TaskInput = {
    name: shortened(name),
    description: 'From a collection of Agenda.',
    triggers: [trigger],
    action: { type: 'handler', name: options.handler ?? name },
    parameters: parametersOf(job['data']),
    priority: priorityOf(job['priority']),
    overlap: 'skip',
    // What was not started in time runs as soon as it can, once.
    misfire: { policy: 'fire-once', maxAgeMs: 366 * DAY_MS },
    retry: { maxAttempts: 1 },
    timeoutMs: LONGEST_TIMEOUT_MS,
    ...(startDate !== undefined && startDate > now && { startAt: new Date(startDate).toISOString() }),
    ...(endDate !== undefined && { endAt: new Date(endDate + 1).toISOString() }),
  };
  const rest = Object.keys(job).filter((each) => ![...OF_RUNS, ...READ].includes(each) && isSaid(job[each]));
  if (rest.length > 0) differences.push(`Left out of it: ${shortened(rest.join(', '))}.`);
  const key = typeof job['_id'] === 'string' ? job['_id'] : name;
  return { key, schedule, input, differences, ...(job['disabled'] === true && { pausedFor: 'disabled in Agenda' }) };
}

const isSaid = (value: Json | undefined): boolean => value !== null && value !== undefined && value !== false;

interface Times {
  trigger: TriggerInput;
  schedule: string;
}

function timesOf(job: JsonObject, options: JobOptions, now: number, differences: string[]): Times {
  const { repeatInterval, repeatAt } = job;
  if (typeof repeatInterval === 'number') return everyOf(job, repeatInterval, `${repeatInterval} ms`, differences);
  if (typeof repeatInterval === 'string' && repeatInterval !== '') {
    if (!isCronParserExpression(repeatInterval) && !looksLikeCron(repeatInterval)) {
      return everyOf(job, humanInterval(repeatInterval), repeatInterval, differences);
    }
    return { trigger: cronOf(job, repeatInterval, options, differences), schedule: repeatInterval };
  }
  if (typeof repeatAt === 'string' && repeatAt !== '')
    return { trigger: dailyOf(job, repeatAt, options, differences), schedule: repeatAt };
  const at = instantOf(job['nextRunAt']);
  if (at === undefined) throw new NotCarriedOver('has a next run that is no instant');
  const schedule = new Date(at).toISOString();
  if (at <= now) throw new NotCarriedOver(`was due once, at ${schedule}, and has not run`);
  return { trigger: { type: 'once', at: schedule }, schedule };
}

const looksLikeCron = (text: string): boolean =>
  /^[\d*@]\S*(?:\s+[\d*?LW#/,A-Z-]+){3,}$/i.test(text) && /[*,/?]/.test(text);

function everyOf(job: JsonObject, everyMs: number, schedule: string, differences: string[]): Times {
  demandNoSkips(job);
  differences.push('Its interval counts from one due time to the next, not from the start of each run.');
  const anchor = instantOf(job['nextRunAt']);
  return {
    trigger: { type: 'interval', everyMs, ...(anchor !== undefined && { anchorAt: new Date(anchor).toISOString() }) },
    schedule,
  };
}

function cronOf(job: JsonObject, expression: string, { timeZone }: JobOptions, differences: string[]): TriggerInput {
  const zone = typeof job['repeatTimezone'] === 'string' ? job['repeatTimezone'] : timeZone;
  if (zone !== job['repeatTimezone']) differences.push(zoneAssumed(timeZone));
  const trigger = cronParserTrigger(expression, zone);
  const { skipDays } = job;
  if (!Array.isArray(skipDays) || skipDays.length === 0) {
    demandNoSkips(job);
    return trigger;
  }
  return { ...trigger, expression: withoutDays(trigger.expression, skipDays.map(Number)) };
}

/** A time of the day, in the zone of the processes. */
function dailyOf(job: JsonObject, text: string, { timeZone }: JobOptions, differences: string[]): TriggerInput {
  demandNoSkips(job);
  const [, hours, minutes = '0', half] = /^(?:at\s+)?(\d{1,2})(?::(\d\d))?\s*([ap]m)?$/i.exec(text.trim()) ?? [];
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  const isClear = half !== undefined ? Number(hours) >= 1 && Number(hours) <= 12 : text.includes(':');
  if (hours === undefined || !isClear || hour > 23 || Number(minutes) > 59) {
    throw new NotCarriedOver(`repeats at ${JSON.stringify(text)}, which is no plain time of the day`);
  }
  differences.push(`It runs each day at that time in ${timeZone}; --time-zone names the zone of its processes.`);
  return { type: 'cron', expression: `${Number(minutes)} ${hour} * * *`, timeZone };
}

function demandNoSkips({ skipDays }: JsonObject): void {
  const isNone = skipDays === null || skipDays === undefined || (Array.isArray(skipDays) && skipDays.length === 0);
  if (!isNone)
    throw new NotCarriedOver(`skips days (${shortened(JSON.stringify(skipDays), 60)}), which has no equivalent for it`);
}

/** Agenda's priorities go from -20 to 20, the service's from 0 to 9; what is normal stays so, and the order stays. */
function priorityOf(value: Json | undefined): number {
  const priority = typeof value === 'string' ? (WORDS[value] ?? 0) : Number(value ?? 0);
  return Math.min(9, Math.max(0, Math.round(5 + priority / 5))) || 0;
}

function instantOf(value: Json | undefined): number | undefined {
  const instant = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Math.abs(instant) < 8.64e15 ? instant : undefined;
}

const LEAVES = ['$date', '$oid', '$numberInt', '$numberLong', '$numberDouble', '$numberDecimal'];

/** Extended JSON as plain JSON: instants and ids as text, numbers as numbers. */
function plain(value: Json, depth = 0): Json {
  if (typeof value !== 'object' || value === null || depth > 100) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && LEAVES.includes(name)) return leafOf(name, value[name] ?? null);
  return Object.fromEntries(Object.entries(value).map(([each, item]) => [each, plain(item, depth + 1)]));
}

function leafOf(name: string, value: Json): Json {
  if (name === '$oid') return value;
  if (name !== '$date') return Number(value);
  const instant = isJsonObject(value)
    ? Number(value['$numberLong'])
    : typeof value === 'number'
      ? value
      : Date.parse(value as string);
  return Number.isFinite(instant) && Math.abs(instant) < 8.64e15 ? new Date(instant).toISOString() : null;
}
