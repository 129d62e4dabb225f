import type { CronJobParams } from 'cron';
import type { CronOptions, RunnerJobOptions } from './decorators.js';

/** What every job that a decorator declares has. */
interface Declared {
  /** Unique among the jobs of its kind, and the same in every build: the given name, or class and method. */
  name: string;
  /** Class and method, for people. */
  source: string;
  /** Whether each process runs it by its own timer. */
  isLocal: boolean;
  /** Calls the method without arguments; its errors are the caller's. */
  call: () => unknown;
}

export interface DeclaredCron extends Declared {
  kind: 'cron';
  options: CronOptions & Pick<CronJobParams, 'cronTime'>;
}

export interface DeclaredTimer extends Declared {
  kind: 'interval' | 'timeout';
  options: RunnerJobOptions & {
    /** Milliseconds. */
    timeout: number;
  };
}

/** A method that is to run at times, as its decorator and its class say. */
export type DeclaredJob = DeclaredCron | DeclaredTimer;
