export { CronExpression } from '@nestjs/schedule';
export type { ScheduleDifference } from './cluster/cluster-jobs.js';
export { Cron, Interval, Timeout, type CronOptions, type RunnerJobOptions } from './decorators.js';
export { ScheduleJobs } from './schedule-jobs.js';
export type {
  ScheduleModuleAsyncOptions,
  ScheduleModuleOptions,
  ScheduleModuleOptionsFactory,
} from './schedule-options.js';
export { ScheduleModule } from './schedule.module.js';
export { SchedulerRegistry } from './scheduler-registry.js';
