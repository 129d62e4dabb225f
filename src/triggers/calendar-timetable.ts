import { spend } from '../domain/budget.js';
import type { NamedTimes } from './landings.js';
import { MergedClosures } from './merged-closures.js';
import type { LeftOut, PlannedRun, Timetable } from './trigger-type.js';

/** How many excluded stretches in a row a search passes before it gives up: for days, over two and a half years. */
export const MOST_STRETCHES = 1000;

/** Up to this many instants are checked one by one, more of them stretch by stretch. */
const FEW = 200;

/**
 * The instants of a table in one stretch (`from` to `to`), and the index of the calendar that excludes them, if any.
 */
interface Content {
  by: number | null;
  from: number;
  to: number;
  count: number;
}

/** The instants of a timetable that none of the calendars excludes. */
export class CalendarTimetable implements Timetable {
  private readonly closures: MergedClosures;

  constructor(
    private readonly table: Timetable,
    calendars: readonly NamedTimes[],
  ) {
    this.closures = new MergedClosures(calendars);
  }

  next(after: number): PlannedRun | null {
    let from = after;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.next(from);
      if (!planned) return null;
      spend();
      const { by, end } = this.closures.at(planned.at);
      if (by === null) return planned;
      from = end - 1;
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    let until = before;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.previous(until);
      if (!planned) return null;
      spend();
      const { by, start } = this.closures.at(planned.at);
      if (by === null) return planned;
      until = start;
    }
    return null;
  }

  /** Takes time in proportion to the number of stretches. */
  count(after: number, until: number): number {
    let count = 0;
    for (const content of this.contents(after, until)) if (content.by === null) count += content.count;
    return count;
  }

  leftOut(after: number, until: number): LeftOut[] {
    const entries = this.closures.calendars.map((): LeftOut | null => null);
    for (const { by, from, to, count } of this.contents(after, until)) {
      if (by === null) continue;
      const calendar = this.closures.calendars[by]!.name;
      const entry = (entries[by] ??= { from, to, count: 0, calendar, outcome: 'skipped' });
      entry.to = to;
      entry.count += count;
    }
    const others = this.table.leftOut?.(after, until) ?? [];
    return [...others, ...entries.filter((entry) => entry !== null)];
  }

  /** The stretches in (after, until] in which the table has instants. */
  private *contents(after: number, until: number): Generator<Content> {
    const isSparse = this.table.count(after, until) <= FEW;
    for (let first = this.table.next(after); first && first.at <= until;) {
      spend();
      const { at: from } = first;
      const { by, end } = this.closures.at(from);
      const next = this.table.next(isSparse ? from : end - 1);
      if (isSparse) yield { by, from, to: from, count: 1 };
      else yield this.content(by, from, Math.min(until, end - 1));
      first = next;
    }
  }

  private content(by: number | null, from: number, until: number): Content {
    return { by, from, to: this.table.previous(until + 1)!.at, count: this.table.count(from - 1, until) };
  }
}
