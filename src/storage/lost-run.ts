import { isInstant } from './shape.js';

/** How many old runs one purge examines for lost ones. */
export const MOST_EXAMINED = 1000;

/** What a record says about the end of its run, whatever types its values have. */
interface Fate {
  /** Null where the record does not tell. */
  isUnfinished: boolean | null;
  dueAt: unknown;
  finishedAt: unknown;
}

/**
 * Whether a record is neither found by the date of its end nor by whoever goes on with it: nothing else would ever
 * remove it.
 */
export const isLostRun = ({ isUnfinished, dueAt, finishedAt }: Fate): boolean =>
  isUnfinished === null || !isInstant(isUnfinished ? dueAt : finishedAt);
