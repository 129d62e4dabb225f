import { Inject, Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { DeclaredJob } from './declared-job.js';
import type { RunnerJobOptions } from './decorators.js';
import { JobNames } from './job-names.js';
import { LOGGED } from './messages.js';
import {
  kindOf,
  SCHEDULE_CRON_OPTIONS,
  SCHEDULE_INTERVAL_OPTIONS,
  SCHEDULE_TIMEOUT_OPTIONS,
  SCHEDULER_NAME,
  SCHEDULER_TYPE,
  type JobKind,
} from './metadata.js';
import { SCHEDULE_OPTIONS, type ResolvedScheduleOptions } from './schedule-options.js';

const OPTIONS_OF = {
  cron: SCHEDULE_CRON_OPTIONS,
  interval: SCHEDULE_INTERVAL_OPTIONS,
  timeout: SCHEDULE_TIMEOUT_OPTIONS,
} as const;

type Method = (this: unknown) => unknown;
type Found = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the methods of controllers and providers that a decorator declares to be jobs. */
@Injectable()
export class ScheduleExplorer {
  private readonly logger = new Logger('Scheduler');

  constructor(
    @Inject(SCHEDULE_OPTIONS) private readonly options: ResolvedScheduleOptions,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
  ) {}

  /** The jobs in the order of their discovery. @throws Error with a sentence when two of them have one name */
  explore(): DeclaredJob[] {
    const names = new JobNames();
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()].flatMap((found) =>
      this.jobsOf(found, names),
    );
  }

  private jobsOf(found: Found, names: JobNames): DeclaredJob[] {
    const instance = found.instance as Record<string, Method> | null;
    const prototype = instance ? (Object.getPrototypeOf(instance) as object | null) : null;
    if (!instance || !prototype) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = instance[name];
      const kind = kindOf(metadataOf(SCHEDULER_TYPE, method));
      if (!method || !kind || !this.counts(kind)) return [];
      if (found.isDependencyTreeStatic()) return [this.jobOf(kind, instance, name, names)];
      this.logger.warn(
        `Cannot register ${LOGGED[kind]} "${found.name}@${name}" because it is defined in a non static provider.`,
      );
      return [];
    });
  }

  private counts(kind: JobKind): boolean {
    const { cronJobs, intervals, timeouts } = this.options;
    return { cron: cronJobs, interval: intervals, timeout: timeouts }[kind];
  }

  private jobOf(kind: JobKind, instance: Record<string, Method>, method: string, names: JobNames): DeclaredJob {
    const target = instance[method]!;
    const options = metadataOf(OPTIONS_OF[kind], target) as RunnerJobOptions & { name?: string };
    const given = kind === 'cron' ? options.name : (metadataOf(SCHEDULER_NAME, target) as string | undefined);
    const type = instance.constructor;
    const isLocal = this.isLocal(kind, options);
    const name = names.of({ kind, given, type, method, isLocal });
    const job = { kind, name, source: `${type.name}.${method}`, isLocal, options, call: () => target.call(instance) };
    return job as DeclaredJob;
  }

  /** A timeout belongs to the start of a process, unless the deployment has a name. */
  private isLocal(kind: JobKind, { cluster }: RunnerJobOptions): boolean {
    if (!this.options.cluster || cluster === false) return true;
    return kind === 'timeout' && this.options.deployment === null;
  }
}

/** What a decorator left on the method; other values than functions and objects have no metadata. */
const metadataOf = (key: string, target: unknown): unknown =>
  typeof target === 'function' || (typeof target === 'object' && target !== null)
    ? (Reflect.getMetadata(key, target) as unknown)
    : undefined;
