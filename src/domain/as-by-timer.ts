import { LONGEST_TIMEOUT_MS, type TaskInput } from './task-definition.js';

/** As timers and cron daemons work: any number of runs at a time, each tried once, on time or not at all. */
export const AS_BY_TIMER = {
  overlap: 'allow',
  retry: { maxAttempts: 1 },
  misfire: { policy: 'skip' },
  onCrash: 'fail',
  timeoutMs: LONGEST_TIMEOUT_MS,
} as const satisfies Partial<TaskInput>;
