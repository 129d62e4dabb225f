import type { JobKind } from './metadata.js';

/** What the registry calls a job of each kind. */
export const TITLES: Readonly<Record<JobKind, string>> = {
  cron: 'Cron Job',
  interval: 'Interval',
  timeout: 'Timeout',
};

/** What the log calls a job of each kind. */
export const LOGGED: Readonly<Record<JobKind, string>> = { cron: 'cron job', interval: 'interval', timeout: 'timeout' };

/** Two jobs of one kind were given the same name. The words are those of @nestjs/schedule, as hosts compare them. */
export const DUPLICATE_SCHEDULER = (title: string, name: string): string =>
  `${title} with the given name (${name}) already exists. Ignored.`;
