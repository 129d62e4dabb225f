import type { TaskState } from '../domain/task.js';
import type { MinuteFigures, Totals } from './figures.js';

/** The unfinished runs of an organization. */
export interface Backlog {
  /** Due, and not started. */
  waiting: number;
  /** Claimed ahead of their time. */
  armed: number;
  running: number;
  /** Between two attempts. */
  retrying: number;
  /** Whether there are more unfinished runs, of any organization, than were looked at. */
  truncated: boolean;
}

/** Reads the figures of each minute and counts what there is, apart from the engine; every count is bounded. */
export abstract class StatsReads {
  /** The figures of an organization's minutes from `from` (epoch ms) on, in the order of time. */
  abstract minutes(organization: string, from: number): Promise<MinuteFigures[]>;

  /** The sums over an organization's minutes from `from` (epoch ms) on. */
  abstract totals(organization: string, from: number): Promise<Totals>;

  /** How many tasks of the organization are in each state, counted up to `limit` of each. */
  abstract tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>>;

  /** The organization's unfinished runs at `now` (epoch ms), among `limit` unfinished runs of all organizations. */
  abstract backlog(organization: string, now: number, limit: number): Promise<Backlog>;
}

/** Keeps the figures of each minute. */
export abstract class StatsStore extends StatsReads {
  /** Stores what instances say of minutes, in place of what each said of the same minute before. */
  abstract put(figures: readonly MinuteFigures[]): Promise<void>;

  /** Housekeeping: deletes up to `limit` figures of minutes before `before`; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
