import { InvalidInputError } from './errors.js';

/** [`from`, `to`) in epoch ms. */
export interface TimeRange {
  from: number;
  to: number;
}

/** @throws InvalidInputError for an empty range */
export function demandRange({ from, to }: TimeRange): void {
  if (to <= from) throw new InvalidInputError([{ parameter: 'to', detail: 'must be after "from"' }]);
}

/**
 * `what` names the parts of the range, as in "cells".
 * @throws InvalidInputError for an empty range, or one of more than `most` steps
 */
export function demandSteps(range: TimeRange & { stepMs: number }, most: number, what: string): void {
  demandRange(range);
  const { from, to, stepMs } = range;
  const steps = Math.ceil((to - from) / stepMs);
  if (steps <= most) return;
  const detail = `must be long enough for ${most} ${what} at most; from "from" to "to" it has ${steps}`;
  throw new InvalidInputError([{ parameter: 'step', detail }]);
}

/** The last multiple of `stepMs` that is not after the instant. */
export const floorTo = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs;
