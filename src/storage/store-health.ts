import type { Clock } from '../clock/clock.js';

/** What a store tells of itself. */
export interface StoreFigures {
  /** What its clock says (epoch ms); null where it goes by the clock of this process. */
  clockAt: number | null;
  /** The bytes of its file, of what is free in it, and of the log of writes beside it; null where it has no such file. */
  file: { bytes: number; freeBytes: number; walBytes: number; diskFreeBytes: number } | null;
}

/** What a store tells of itself, and by how much its clock is ahead of this machine's (ms); null where it has none. */
export interface TimedFigures extends StoreFigures {
  offsetMs: number | null;
}

/** The figures of a store, with its clock held against this one. @throws StoreUnavailableError */
export async function timedFigures(
  health: Pick<StoreHealth, 'figures'>,
  clock: Pick<Clock, 'now'>,
): Promise<TimedFigures> {
  const before = clock.now();
  const figures = await health.figures();
  // Its clock was read some time between the question and the answer.
  const offsetMs = figures.clockAt === null ? null : figures.clockAt - (before + clock.now()) / 2;
  return { offsetMs, ...figures };
}

/** Tells whether the store can be used right now. */
export abstract class StoreHealth {
  /** Checks that the store answers; rejects with a `StoreUnavailableError` when it does not. */
  abstract ping(): Promise<void>;

  /** What can be measured of the store; asked every few seconds. @throws StoreUnavailableError */
  abstract figures(): Promise<StoreFigures>;
}

/** Tells whether whatever keeps the locks can be used right now: the store, or a server next to it. */
export abstract class LockHealth {
  /** Rejects with a `StoreUnavailableError` when nothing answers. */
  abstract ping(): Promise<void>;
}
