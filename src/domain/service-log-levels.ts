/** The levels of the service's own log, from the most important on. */
export const SERVICE_LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevelName = (typeof SERVICE_LOG_LEVELS)[number];
