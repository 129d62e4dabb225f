import type { TaskState } from '../domain/task.js';
import type { DueRange } from '../scheduling/ports/task.reads.js';
import type { MinuteFigures, MinuteSums, Totals } from './figures.js';

/** The unfinished runs of an organization. */
export interface Backlog {
  /** Due, and not started. */
  waiting: number;
  /** Claimed ahead of their time. */
  armed: number;
  running: number;
  /** Between two attempts. */
  retrying: number;
  /** Whether there are more unfinished runs, of any organization, than were checked. */
  truncated: boolean;
}

/** Among how many unfinished runs the last ones of completed tasks are looked for. */
export const MOST_UNFINISHED = 10_000;

/** The counts of tasks by state, where `ending` of the completed ones have a run that has not ended. */
export const withEnding = (
  { active, paused, completed }: Record<TaskState, number>,
  ending: number,
  limit: number,
): Record<TaskState, number> => ({
  active: Math.min(limit, active + ending),
  paused,
  completed: Math.max(0, completed - ending),
});

/** Reads the figures of each minute and counts objects, separately from the engine; every count is bounded. */
export abstract class StatsReads {
  /** The figures of an organization's minutes from `from` (epoch ms) on, in order of time. */
  abstract minutes(organization: string, from: number): Promise<MinuteFigures[]>;

  /** The sums of each of an organization's minutes in the range (epoch ms) over all instances, in order of time. */
  abstract sums(organization: string, range: DueRange): Promise<MinuteSums[]>;

  /** The sums over an organization's minutes from `from` (epoch ms) on. */
  abstract totals(organization: string, from: number): Promise<Totals>;

  /**
   * The number of the organization's tasks in each state, counted up to `limit` per state. A task whose last scheduled
   * run has not ended is active; such runs are looked for among the first 10,000 unfinished ones of all organizations.
   */
  abstract tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>>;

  /** The organization's unfinished runs at `now` (epoch ms), among `limit` unfinished runs of all organizations. */
  abstract backlog(organization: string, now: number, limit: number): Promise<Backlog>;
}

/** Keeps the figures of each minute. */
export abstract class StatsStore extends StatsReads {
  /** Stores the figures of instances per minute; each replaces the instance's former figures of that minute. */
  abstract put(figures: readonly MinuteFigures[]): Promise<void>;

  /** Housekeeping: deletes up to `limit` figures of minutes before `before`; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
