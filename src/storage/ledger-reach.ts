import type { LedgerEntry } from '../domain/ledger.js';

/** Stretches reach over at most so many digits of milliseconds: longer than all time that there is. */
const MOST_DIGITS = 17;

/** How far a stretch of the ledger reaches, in decimal digits of its milliseconds: few classes, each with an order by beginning. */
export const digitsOf = ({ from, to }: Pick<LedgerEntry, 'from' | 'to'>): number => String(to - from).length;

/**
 * Every class of reach, and what its stretches are shorter than (ms). Those of a class that reach over an instant begin
 * within that of it, so that a few looks along an index find them among however many.
 */
export const REACHES: readonly { digits: number; below: number }[] = Array.from(
  { length: MOST_DIGITS },
  (_, index) => ({ digits: index + 1, below: 10 ** (index + 1) }),
);
