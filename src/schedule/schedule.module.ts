import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleExplorer } from './schedule-explorer.js';
import { ScheduleJobs } from './schedule-jobs.js';
import {
  resolveScheduleOptions,
  SCHEDULE_OPTIONS,
  type ScheduleModuleAsyncOptions,
  type ScheduleModuleOptions,
  type ScheduleModuleOptionsFactory,
} from './schedule-options.js';
import { SchedulerRegistry, UpstreamRegistry } from './scheduler-registry.js';

/**
 * Runs the methods that `@Cron`, `@Interval` and `@Timeout` declare: in place of the module of @nestjs/schedule, and once in
 * the whole cluster instead of once in each process.
 */
@Module({})
export class ScheduleModule {
  /** @throws Error with a sentence when an option is wrong */
  static forRoot(options?: ScheduleModuleOptions): DynamicModule {
    return moduleWith([{ provide: SCHEDULE_OPTIONS, useValue: resolveScheduleOptions(options) }]);
  }

  /** The module with options that other providers supply. */
  static forRootAsync({ imports = [], ...options }: ScheduleModuleAsyncOptions): DynamicModule {
    return { ...moduleWith(providersOf(options)), imports: [DiscoveryModule, ...imports] };
  }
}

const moduleWith = (providers: Provider[]): DynamicModule => ({
  global: true,
  module: ScheduleModule,
  imports: [DiscoveryModule],
  providers: [
    ...providers,
    SchedulerRegistry,
    { provide: UpstreamRegistry, useExisting: SchedulerRegistry },
    ScheduleExplorer,
    ScheduleJobs,
  ],
  exports: [SchedulerRegistry, UpstreamRegistry, ScheduleJobs],
});

function providersOf({ useExisting, useClass, useFactory, inject = [] }: ScheduleModuleAsyncOptions): Provider[] {
  if (useFactory) {
    const resolved = async (...parts: unknown[]) => resolveScheduleOptions(await useFactory(...parts));
    return [{ provide: SCHEDULE_OPTIONS, inject, useFactory: resolved }];
  }
  const factory = useExisting ?? useClass;
  if (!factory) throw new Error('ScheduleModule.forRootAsync needs useFactory, useClass or useExisting.');
  const resolved = async (source: ScheduleModuleOptionsFactory) =>
    resolveScheduleOptions(await source.createScheduleOptions());
  const options: Provider = { provide: SCHEDULE_OPTIONS, inject: [factory], useFactory: resolved };
  return useExisting ? [options] : [options, { provide: factory, useClass: factory }];
}
