import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';
import { QUEUE_NAME } from '../../domain/queue.js';
import { LONGEST_TIMEOUT_MS, MOST_ATTEMPTS, type TaskInput } from '../../domain/task-definition.js';
import type { TriggerInput } from '../../domain/trigger.js';
import { cronParserTrigger } from '../cron/cron-parser-expression.js';
import { jsonOf, parametersOf } from '../json-text.js';
import { NotCarriedOver, ReadingBuilder, shortened, zoneAssumed, type Plan, type Reading } from '../reading.js';

/** A job scheduler of BullMQ 5 and later, or a repeatable job of earlier versions, as Redis keeps it. */
export interface StoredScheduler {
  queue: string;
  /** The member of the queue's sorted set. */
  id: string;
  /** Its score: when the next job is due, epoch ms. */
  next: number;
  /** Whether its queue is paused. */
  isPaused: boolean;
  /** The hash of the scheduler; empty for repeatable jobs of BullMQ 3 and earlier. */
  scheduler: Readonly<Record<string, string>>;
  /** The hash of the next job, if it is there. */
  job: Readonly<Record<string, string>>;
}

export interface SchedulerOptions {
  /** The zone of the processes, for patterns that name none. */
  timeZone: string;
  /** The handler of all tasks; unless given, that of each has the name of its jobs. */
  handler?: string;
}

/** Stands for a value that was not read. */
export const TOO_LARGE = '(too large)';
const DAY_MS = 86_400_000;
/** Options that say what is said elsewhere, or nothing about what the job does. */
const TOLD_ELSEWHERE = [
  ...['attempts', 'backoff', 'priority', 'repeat', 'jobId', 'delay', 'timestamp', 'prevMillis', 'repeatJobKey'],
];

/** The tasks that job schedulers become. */
export function readSchedulers(stored: Iterable<StoredScheduler>, options: SchedulerOptions, now: number): Reading {
  const reading = new ReadingBuilder();
  for (const each of stored) {
    const at = { where: `${each.queue}: ${shortened(each.id, 80)}`, entry: each.scheduler['pattern'] ?? each.id };
    reading.add(at, () => planOf(each, options, now));
  }
  if (reading.tasks.length > 0) {
    reading.remark(
      'What a worker says (its concurrency, its limiter, its own strategies of repeating and of backoff) is code, and not read.',
    );
  }
  return reading;
}

/** A scheduler's own members, wherever this version of BullMQ keeps them. */
interface Members {
  name: string;
  pattern?: string;
  every?: number;
  tz?: string;
  limit?: number;
  count?: number;
  startDate?: number;
  endDate?: number;
  data: Json | undefined;
  opts: JsonObject;
}

function planOf(stored: StoredScheduler, options: SchedulerOptions, now: number): Omit<Plan, 'where'> {
  const members = membersOf(stored);
  const { name, pattern, every, endDate, startDate } = members;
  if (endDate !== undefined && endDate <= now) throw new NotCarriedOver(`ended at ${isoOf(endDate)}`);
  const differences: string[] = [];
  const hasQueue = QUEUE_NAME.test(stored.queue);
  if (!hasQueue) differences.push('Its queue has a name that no queue can have here; the task is in the default one.');
  const maxRuns = runsLeft(members, differences);
  const input: TaskInput = {
    name: shortened(name === stored.id || name === '' ? stored.id : `${name} (${stored.id})`),
    description: shortened(`From the queue ${stored.queue} of BullMQ.`),
    triggers: [triggerOf(stored, members, options, differences)],
    action: { type: 'handler', name: options.handler ?? (name === '' || name === '__default__' ? stored.queue : name) },
    parameters: parametersOf(members.data),
    ...(hasQueue && { queue: stored.queue }),
    overlap: 'allow',
    // What was not started in time stays in its queue there, one job at most.
    misfire: { policy: 'fire-once', maxAgeMs: 366 * DAY_MS },
    timeoutMs: LONGEST_TIMEOUT_MS,
    retry: retryOf(members.opts, differences),
    ...(startDate !== undefined && startDate > now && { startAt: isoOf(startDate) }),
    // The end is still within its time there.
    ...(endDate !== undefined && { endAt: isoOf(endDate + 1) }),
    ...(maxRuns !== undefined && { maxRuns }),
  };
  tellOptions(members.opts, differences);
  const schedule = pattern ?? `every ${every} ms`;
  return {
    key: `${stored.queue}\n${stored.id}`,
    ...{ schedule, input, differences },
    ...(stored.isPaused && { pausedFor: 'its queue was paused in BullMQ' }),
  };
}

function membersOf({ id, scheduler, job }: StoredScheduler): Members {
  if ([...Object.values(scheduler), ...Object.values(job)].includes(TOO_LARGE)) {
    throw new NotCarriedOver('has more data than a task may have');
  }
  const opts = objectOf(scheduler['opts'] ?? job['opts'], 'options');
  const data = scheduler['data'] ?? job['data'];
  const ofJob = isJsonObject(opts['repeat']) ? opts['repeat'] : {};
  const repeat = objectOf(job['opts'], 'options')['repeat'];
  const { limit, count } = isJsonObject(repeat) ? repeat : ofJob;
  const kept = Object.keys(scheduler).length > 0 ? scheduler : legacyMembers(id);
  return {
    name: kept['name'] ?? '',
    ...numbered({ every: kept['every'], startDate: kept['startDate'], endDate: kept['endDate'] }),
    ...numbered({ limit: kept['limit'] ?? limit, count: count ?? kept['ic'] }),
    ...(kept['pattern'] ? { pattern: kept['pattern'] } : {}),
    ...(kept['tz'] ? { tz: kept['tz'] } : {}),
    data: data === undefined ? undefined : jsonOf(data, 'data'),
    opts,
  };
}

/** `name:id:endDate:tz:pattern`, all that BullMQ 3 and earlier kept. */
function legacyMembers(id: string): Record<string, string> {
  const [name, , endDate, tz, ...rest] = id.split(':');
  const suffix = rest.join(':');
  if (name === undefined || endDate === undefined || tz === undefined || suffix === '') {
    throw new NotCarriedOver('has no record of what it is');
  }
  return { name, endDate, tz, ...(/^\d+$/.test(suffix) ? { every: suffix } : { pattern: suffix }) };
}

function objectOf(text: string | undefined, what: string): JsonObject {
  const value = text === undefined ? {} : jsonOf(text, what);
  return isJsonObject(value) ? value : {};
}

/** Those that are whole numbers, as numbers. */
const numbered = <Name extends string>(members: Record<Name, Json | undefined>): Partial<Record<Name, number>> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => {
      const number = typeof value === 'string' && value !== '' ? Number(value) : value;
      return Number.isSafeInteger(number) ? [[name, number]] : [];
    }),
  ) as Partial<Record<Name, number>>;

function triggerOf(
  { next, job }: StoredScheduler,
  { pattern, every, tz }: Members,
  { timeZone }: SchedulerOptions,
  differences: string[],
): TriggerInput {
  if (pattern !== undefined) {
    if (tz === undefined) differences.push(zoneAssumed(timeZone));
    return cronParserTrigger(pattern, tz ?? timeZone);
  }
  if (every === undefined || every <= 0) throw new NotCarriedOver('has neither a pattern nor an interval');
  return { type: 'interval', everyMs: every, anchorAt: isoOf(dueAt(next, job)) };
}

/** When the next job is due: an offset is only in the job. */
function dueAt(next: number, job: StoredScheduler['job']): number {
  const due = Number(job['timestamp']) + Number(job['delay']);
  const isOffset = Number(job['delay']) > 0 && Math.abs(due - next) > 1000;
  return isOffset ? due : next;
}

function isoOf(instant: number): string {
  if (!(Math.abs(instant) < 8.64e15)) throw new NotCarriedOver('has an instant that no clock shows');
  return new Date(instant).toISOString();
}

/** How many jobs are still to come, with the one that waits; undefined for no limit. */
function runsLeft({ limit, count }: Members, differences: string[]): number | undefined {
  if (limit === undefined) return undefined;
  if (count === undefined)
    differences.push(`How many of its ${limit} jobs there were is not known; all may come again.`);
  const left = limit - (count ?? 1) + 1;
  if (left <= 0) throw new NotCarriedOver(`has had all of its ${limit} jobs`);
  return left;
}

function retryOf({ attempts, backoff }: JsonObject, differences: string[]): TaskInput['retry'] {
  const maxAttempts = typeof attempts === 'number' && attempts > 1 ? Math.min(attempts, MOST_ATTEMPTS) : 1;
  if (typeof attempts === 'number' && attempts > MOST_ATTEMPTS)
    differences.push(`It is tried ${MOST_ATTEMPTS} times at most.`);
  const { type, delay, jitter } = isJsonObject(backoff) ? backoff : { type: 'fixed', delay: backoff, jitter: 0 };
  if (type !== 'fixed' && type !== 'exponential') {
    differences.push('Its backoff is code; the task waits as the defaults say.');
    return { maxAttempts };
  }
  const baseDelayMs = Math.min(typeof delay === 'number' ? Math.max(0, Math.round(delay)) : 0, DAY_MS);
  return {
    maxAttempts,
    backoff: type,
    baseDelayMs,
    maxDelayMs: 7 * DAY_MS,
    jitter: typeof jitter === 'number' ? Math.min(1, Math.max(0, jitter)) : 0,
  };
}

function tellOptions(opts: JsonObject, differences: string[]): void {
  if (typeof opts['priority'] === 'number' && opts['priority'] > 0) {
    differences.push(
      `Its priority of ${opts['priority']} is left out: there 1 is the highest and more is lower, here 9 is.`,
    );
  }
  const rest = Object.keys(opts).filter((name) => !TOLD_ELSEWHERE.includes(name));
  if (rest.length > 0) differences.push(`Options of its jobs are left out: ${shortened(rest.join(', '))}.`);
}
