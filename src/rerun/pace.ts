import { InvalidInputError } from '../domain/errors.js';

/** How many runs one request stores at the most. */
export const MOST_RERUNS = 1000;
/** The distance between the starts of two of them: unless another one is asked for, the least and the longest (ms). */
export const EVERY_MS = { default: 100, least: 1, longest: 3_600_000 } as const;
/** How long before its time a run is stored at the least: within that, some instance has taken it up. */
export const LEAD_MS = 1000;
/** What is made up for goes after what is due now; waiting, it ages like any other run. */
export const LOWEST_PRIORITY = 0;
/** How many runs are written at once, so that others get their turn in between. */
export const CHUNK = 200;

/** @throws InvalidInputError unless the distance of two starts is one that is allowed */
export function checkPace(everyMs: number): void {
  const { least, longest } = EVERY_MS;
  if (Number.isInteger(everyMs) && everyMs >= least && everyMs <= longest) return;
  throw new InvalidInputError([{ pointer: '/everyMs', detail: `must be a whole number from ${least} to ${longest}` }]);
}

/** @throws InvalidInputError unless so many runs may be stored at once */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_RERUNS) return;
  throw new InvalidInputError([{ pointer: '/limit', detail: `must be a whole number from 1 to ${MOST_RERUNS}` }]);
}

/** @throws InvalidInputError unless there is time between the two instants (epoch ms) */
export function checkRange(from: number, to: number): void {
  if (!(from < to)) throw refuseTo('must be an instant after from');
}

export const refuseTo = (detail: string): InvalidInputError => new InvalidInputError([{ pointer: '/to', detail }]);
