import { spend } from '../domain/budget.js';
import { MOST_STRETCHES } from './calendar-timetable.js';
import type { Landing, Landings } from './landings.js';
import type { LeftOut, PlannedRun, Starts, Timetable } from './trigger-type.js';

/**
 * The occurrences of a timetable whose starts calendars move, by nominal instant. Starts keep the order of the nominal
 * instants: an occurrence that would start with or after a later occurrence gives way to the later one.
 */
export class MovedTimetable implements Timetable {
  readonly starts: Starts = {
    of: (at) => this.landings.of(at).at,
    lastBefore: (instant) => this.last(instant, instant),
  };

  constructor(
    private readonly table: Timetable,
    private readonly landings: Landings,
  ) {}

  next(after: number): PlannedRun | null {
    let from = after;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      spend(2);
      const first = this.table.next(from);
      if (!first) return null;
      const landing = this.landings.of(first.at);
      if (landing.calendar === null) return first;
      const planned = landing.by === null ? this.table.previous(landing.end)! : first;
      const start = startOf(planned.at, landing);
      if (start === Infinity) return null;
      if (this.earliest(landing.end, start + 1, start) > start) return moved(planned, landing);
      from = landing.end - 1;
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    return this.last(before, Infinity);
  }

  /** Takes time in proportion to the days. */
  count(after: number, until: number): number {
    let count = 0;
    for (const stretch of this.stretches(after, until)) count += this.table.count(stretch.after, stretch.kept);
    return count;
  }

  leftOut(after: number, until: number): LeftOut[] {
    const others = this.table.leftOut?.(after, until) ?? [];
    let [from, to, count] = [0, Number.NEGATIVE_INFINITY, 0];
    for (const stretch of this.stretches(after, until)) {
      const missing = this.missingIn(stretch);
      if (missing === null) continue;
      from = missing.from;
      to = Math.max(to, missing.to);
      count += missing.count;
    }
    if (count === 0) return others;
    const { calendar, at } = this.landings.of(from);
    const outcome = at < Infinity ? 'coalesced' : 'skipped';
    return [...others, { from, to, count, calendar: calendar!, outcome }];
  }

  /** The stretches of (after, until] whose occurrences move in the same way, the last stretch first. */
  private *stretches(after: number, until: number): Generator<Stretch> {
    let bound = this.earliest(until + 1, Infinity);
    for (let before = until + 1; ;) {
      const last = this.table.previous(before);
      if (!last || last.at <= after) return;
      spend(4);
      const { start, by, at } = this.landings.of(last.at);
      const from = Math.max(after, start - 1);
      if (by === null) {
        // All of them start at the same instant: they become one occurrence, the last.
        const isKept = at < bound;
        yield { after: isKept ? last.at - 1 : last.at, kept: last.at, from, last: last.at };
        bound = Math.min(bound, at);
      } else {
        yield { after: from, kept: Math.max(from, Math.min(last.at, bound - by - 1)), from, last: last.at };
        bound = Math.min(bound, this.table.next(from)!.at + by);
      }
      before = start;
    }
  }

  /** The occurrences of a stretch that give way to a later one or can never start; null when there are none. */
  private missingIn({ after, kept, from, last }: Stretch): { from: number; to: number; count: number } | null {
    const count = this.table.count(from, last) - this.table.count(after, kept);
    if (count <= 0) return null;
    // The kept occurrences lie at one end: before those that come too late, or after those that start at the same
    // instant.
    const keptAtEnd = after > from;
    const first = keptAtEnd || kept <= after ? from : kept;
    const end = keptAtEnd && kept > after ? this.table.previous(kept)!.at : last;
    return { from: this.table.next(first)!.at, to: end, count };
  }

  /** The last occurrence with a nominal instant before `before` and a start before `startsBefore`. */
  private last(before: number, startsBefore: number): PlannedRun | null {
    const bound = Math.min(startsBefore, this.earliest(before, startsBefore));
    for (let [until, i] = [before, 0]; i < MOST_STRETCHES; i++) {
      spend(2);
      const planned = this.table.previous(until);
      if (!planned) return null;
      const landing = this.landings.of(planned.at);
      if (landing.at === Infinity) return null;
      if (startOf(planned.at, landing) < bound) return moved(planned, landing);
      // Earlier occurrences of the same stretch start earlier, unless all start at once.
      until = landing.by === null ? landing.start : Math.max(landing.start, bound - landing.by);
    }
    return null;
  }

  /**
   * The earliest start among the occurrences from `from` on, at most `limit`. Once the start is known to be `enough` or
   * earlier, it need not be exact.
   */
  private earliest(from: number, limit: number, enough = Number.NEGATIVE_INFINITY): number {
    let earliest = limit;
    for (let [after, i] = [from - 1, 0]; i < MOST_STRETCHES && earliest > enough; i++) {
      spend(2);
      const planned = this.table.next(after);
      if (!planned || planned.at >= earliest) break;
      const landing = this.landings.of(planned.at);
      if (landing.at === Infinity) break;
      earliest = Math.min(earliest, startOf(planned.at, landing));
      after = landing.end - 1;
    }
    return earliest;
  }
}

/** Occurrences in (from, last]; those in (after, kept] keep starts of their own. */
interface Stretch {
  from: number;
  last: number;
  after: number;
  kept: number;
}

const startOf = (at: number, { by, at: to }: Landing): number => (by === null ? to : at + by);

const moved = (planned: PlannedRun, landing: Landing): PlannedRun => {
  const start = startOf(planned.at, landing);
  return start === planned.at ? planned : { ...planned, dueAt: start, calendar: landing.calendar! };
};
