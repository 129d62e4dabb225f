/** Of the tasks of an organization that are due first, those of one queue. */
export interface QueuedTasks {
  queue: string;
  /** How many are due. */
  due: number;
  /** How many are due later. */
  upcoming: number;
  /** When the first of them is due (epoch ms). */
  oldest: number;
}

/** Of the unfinished runs of an organization, those of one queue. */
export interface QueuedRuns {
  queue: string;
  /** How many are due and wait for an attempt. */
  waiting: number;
  running: number;
  /** When the first of those that wait was due (epoch ms); null where none waits. */
  oldest: number | null;
}
