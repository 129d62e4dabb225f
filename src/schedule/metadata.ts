/**
 * Where the decorators leave what they were given: the keys are those of @nestjs/schedule, so that decorators which wrap
 * one of either package, or read its metadata, go on working.
 */
export const SCHEDULER_NAME = 'SCHEDULER_NAME';
export const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
export const SCHEDULE_CRON_OPTIONS = 'SCHEDULE_CRON_OPTIONS';
export const SCHEDULE_INTERVAL_OPTIONS = 'SCHEDULE_INTERVAL_OPTIONS';
export const SCHEDULE_TIMEOUT_OPTIONS = 'SCHEDULE_TIMEOUT_OPTIONS';

/** The value under `SCHEDULER_TYPE` for each kind of job. */
export const TYPE_OF_KIND = { cron: 1, timeout: 2, interval: 3 } as const;

export type JobKind = keyof typeof TYPE_OF_KIND;

/** The kind of job under this value, if it is one. */
export const kindOf = (type: unknown): JobKind | undefined =>
  (Object.keys(TYPE_OF_KIND) as JobKind[]).find((kind) => TYPE_OF_KIND[kind] === type);
