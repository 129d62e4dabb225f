import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { CronJobParams } from 'cron';
import type { TaskInput } from '../domain/task-definition.js';
import {
  SCHEDULE_CRON_OPTIONS,
  SCHEDULE_INTERVAL_OPTIONS,
  SCHEDULE_TIMEOUT_OPTIONS,
  SCHEDULER_NAME,
  SCHEDULER_TYPE,
  TYPE_OF_KIND,
  type JobKind,
} from './metadata.js';

/** What @nestjs/schedule does not know: the policies of the task, by the names that they have in `TaskInput`. */
export interface RunnerJobOptions extends Partial<
  Omit<TaskInput, 'name' | 'triggers' | 'action' | 'parameters' | 'secrets'>
> {
  /** `false`: each process runs the job by a timer of its own, without history, as @nestjs/schedule does. */
  cluster?: boolean;
}

/** The options of `@Cron`: those of @nestjs/schedule, and ours. `timeZone` and `utcOffset` exclude each other. */
export type CronOptions = RunnerJobOptions & {
  /** The name in `SchedulerRegistry`; unless given, class and method, as in `ReportsService.daily`. */
  name?: string;
  /** Where a timer runs the job, it does not keep the process alive. */
  unrefTimeout?: boolean;
  /** An occurrence that comes while the one before is still running is skipped. */
  waitForCompletion?: boolean;
  /** The job is registered, but starts only by its `start()`. */
  disabled?: boolean;
  /** How late an occurrence may start, in milliseconds; a later one is skipped. Unless given, 5000 (by a timer: 250). */
  threshold?: number;
  /** How long after the start of the application this process keeps away from the job, in milliseconds. */
  initialDelay?: number;
} & ({ timeZone?: string; utcOffset?: never } | { timeZone?: never; utcOffset?: number });

/**
 * Runs the method at the times of a cron expression (five fields, or six with seconds first), or once at an instant;
 * once in the whole cluster.
 */
export function Cron(cronTime: CronJobParams['cronTime'], options: CronOptions = {}): MethodDecorator {
  return job('cron', SCHEDULE_CRON_OPTIONS, options?.name, { ...options, cronTime });
}

/** Runs the method every `ms` milliseconds, once in the whole cluster. */
export function Interval(ms: number, options?: RunnerJobOptions): MethodDecorator;
export function Interval(name: string, ms: number, options?: RunnerJobOptions): MethodDecorator;
export function Interval(...given: unknown[]): MethodDecorator {
  const { name, ...options } = timed(given);
  return job('interval', SCHEDULE_INTERVAL_OPTIONS, name, options);
}

/** Runs the method once, `ms` milliseconds after the start of the application: of each process, or of a deployment. */
export function Timeout(ms: number, options?: RunnerJobOptions): MethodDecorator;
export function Timeout(name: string, ms: number, options?: RunnerJobOptions): MethodDecorator;
export function Timeout(...given: unknown[]): MethodDecorator {
  const { name, ...options } = timed(given);
  return job('timeout', SCHEDULE_TIMEOUT_OPTIONS, name, options);
}

/** The arguments of `Interval` and `Timeout`: a name, if there is one, milliseconds, and options of ours. */
function timed(given: unknown[]): RunnerJobOptions & { name: string | undefined; timeout: number } {
  const [name, timeout, options] = typeof given[0] === 'string' ? given : [undefined, ...given];
  return { ...(options as RunnerJobOptions), name: name as string | undefined, timeout: timeout as number };
}

const job = (kind: JobKind, key: string, name: string | undefined, options: object): MethodDecorator =>
  applyDecorators(
    SetMetadata(key, options),
    SetMetadata(SCHEDULER_NAME, name),
    SetMetadata(SCHEDULER_TYPE, TYPE_OF_KIND[kind]),
  );
