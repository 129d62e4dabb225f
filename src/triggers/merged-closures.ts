import type { Part } from './closed-times.js';
import type { NamedTimes } from './landings.js';

/** The stretch around an instant in which all is open, or in which one calendar leaves all out. */
export interface MergedClosure extends Part {
  /** The index of the first calendar that leaves the instant out; null when none does. */
  by: number | null;
}

/** What several calendars leave out together: each instant counts for the first of them that leaves it out. */
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
