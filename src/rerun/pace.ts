import { InvalidInputError } from '../domain/errors.js';

/** Maximum number of runs that one request stores. */
export const MOST_RERUNS = 1000;
/** The time between two starts: default, minimum and maximum (ms). */
export const EVERY_MS = { default: 100, least: 1, longest: 3_600_000 } as const;
/** How long before its time a run is stored at least: within that time, some instance takes it up. */
export const LEAD_MS = 1000;
/** Make-up runs come after what is due now; while they wait, they age like any other run. */
export const LOWEST_PRIORITY = 0;
/** How many runs are written together, so that others get their turn in between. */
export const CHUNK = 200;

/** @throws InvalidInputError unless the time between two starts is allowed */
export function checkPace(everyMs: number): void {
  const { least, longest } = EVERY_MS;
  if (Number.isInteger(everyMs) && everyMs >= least && everyMs <= longest) return;
  throw new InvalidInputError([{ pointer: '/everyMs', detail: `must be a whole number from ${least} to ${longest}` }]);
}

/** @throws InvalidInputError unless this many runs may be stored at once */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_RERUNS) return;
  throw new InvalidInputError([{ pointer: '/limit', detail: `must be a whole number from 1 to ${MOST_RERUNS}` }]);
}

/** @throws InvalidInputError unless `from` is before `to` (epoch ms) */
export function checkRange(from: number, to: number): void {
  if (!(from < to)) throw refuseTo('must be an instant after from');
}

export const refuseTo = (detail: string): InvalidInputError => new InvalidInputError([{ pointer: '/to', detail }]);
