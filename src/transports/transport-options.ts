import type { ResolvedOptions } from '../options.js';

/** What transports need of the options. */
export type TransportOptions = Pick<
  ResolvedOptions,
  'redisUrl' | 'redisTls' | 'kafka' | 'eventTypePrefix' | 'transportGroup'
>;
