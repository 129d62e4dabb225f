import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import { DEFAULT_ORGANIZATION } from '../task-scheduler.js';
import type { TaskRunnerOptions } from '../options.js';

/** The options of `ScheduleModule`. The first three are those of @nestjs/schedule. */
export interface ScheduleModuleOptions {
  /** Whether `@Cron` counts. Default true. */
  cronJobs?: boolean;
  /** Whether `@Interval` counts. Default true. */
  intervals?: boolean;
  /** Whether `@Timeout` counts. Default true. */
  timeouts?: boolean;
  /** `false`: each process runs its jobs by its own timers, without a store, as @nestjs/schedule does. Default true. */
  cluster?: boolean;
  /** The options of the runner that is brought up when the host imports no `TaskRunnerModule`. */
  runner?: TaskRunnerOptions;
  /** The name of this application among those that share the store: 1 to 40 letters, digits, `.`, `_`, `-`. */
  application?: string;
  /** The organization of the tasks. */
  organization?: string;
  /** Names the deployment, as by a commit: each `@Timeout` then runs once for it, instead of once in each process. */
  deployment?: string;
  /** Whether tasks whose code is gone are deleted. Default true. */
  retire?: boolean;
  /** How long no living instance may declare a task before it is deleted. Default ten minutes. */
  retireAfterMs?: number;
  /** `true`: the difference between code and store is logged at the start, and nothing of the store is changed. */
  dryRun?: boolean;
}

export interface ScheduleModuleOptionsFactory {
  createScheduleOptions(): Promise<ScheduleModuleOptions> | ScheduleModuleOptions;
}

/** Options that other providers supply. */
export interface ScheduleModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useExisting?: Type<ScheduleModuleOptionsFactory>;
  useClass?: Type<ScheduleModuleOptionsFactory>;
  // The factory's parameters are whatever `inject` names.
  // oxlint-disable-next-line no-explicit-any
  useFactory?: (...parts: any[]) => Promise<ScheduleModuleOptions> | ScheduleModuleOptions;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
}

/** The injection token of the resolved options. */
export const SCHEDULE_OPTIONS = Symbol('SCHEDULE_OPTIONS');

export type ResolvedScheduleOptions = Required<Omit<ScheduleModuleOptions, 'deployment'>> & {
  deployment: string | null;
};

/** The options with their defaults. @throws Error with a sentence */
export function resolveScheduleOptions(options: ScheduleModuleOptions = {}): ResolvedScheduleOptions {
  const resolved = {
    cronJobs: options.cronJobs ?? true,
    intervals: options.intervals ?? true,
    timeouts: options.timeouts ?? true,
    cluster: options.cluster ?? true,
    runner: options.runner ?? {},
    application: options.application ?? 'default',
    organization: options.organization ?? DEFAULT_ORGANIZATION,
    deployment: options.deployment ?? null,
    retire: options.retire ?? true,
    retireAfterMs: options.retireAfterMs ?? 600_000,
    dryRun: options.dryRun ?? false,
  };
  demandName('application', resolved.application);
  if (resolved.deployment !== null) demandName('deployment', resolved.deployment);
  if (!Number.isInteger(resolved.retireAfterMs) || resolved.retireAfterMs < 1000) {
    throw new Error('The option retireAfterMs of ScheduleModule must be a whole number of milliseconds, 1000 or more.');
  }
  return Object.freeze(resolved);
}

function demandName(option: string, value: string): void {
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(value)) {
    throw new Error(`The option ${option} of ScheduleModule must be 1 to 40 letters, digits, ".", "_" or "-".`);
  }
}
