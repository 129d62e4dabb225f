import type { Part } from './closed-times.js';
import type { NamedTimes } from './landings.js';

/** The stretch around an instant that is open as a whole, or that one calendar excludes as a whole. */
export interface MergedClosure extends Part {
  /** The index of the first calendar that excludes the instant; null when none does. */
  by: number | null;
}

/** The times that several calendars exclude together: each instant counts for the first calendar that excludes it. */
export class MergedClosures {
  constructor(readonly calendars: readonly NamedTimes[]) {}

  at(instant: number): MergedClosure {
    let [start, end] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [index, { times }] of this.calendars.entries()) {
      const closure = times.at(instant);
      start = Math.max(start, closure.start);
      end = Math.min(end, closure.end);
      if (closure.by !== null) return { by: index, start, end };
    }
    return { by: null, start, end };
  }
}
