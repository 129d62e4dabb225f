import type { PlannedRun, Timetable } from './trigger-type.js';

interface Member {
  table: Timetable;
  /** Instants of this member at or before this one (epoch ms) do not count. */
  from: number;
}

/** The instants of several timetables, each once. */
export class MergedTimetable implements Timetable {
  constructor(private readonly members: readonly Member[]) {}

  next(after: number): PlannedRun | null {
    return best(
      this.members.map(({ table, from }) => table.next(Math.max(after, from))),
      (a, b) => a < b,
    );
  }

  previous(before: number): PlannedRun | null {
    const found = this.members.map(({ table, from }) => {
      const planned = table.previous(before);
      return planned && planned.at > from ? planned : null;
    });
    return best(found, (a, b) => a > b);
  }

  /** With one member by arithmetic; with several, coinciding instants have to be found by walking them. */
  count(after: number, until: number): number {
    const [only, ...others] = this.members;
    if (!only) return 0;
    if (others.length === 0) return only.table.count(Math.max(after, only.from), until);
    let count = 0;
    for (let next = this.next(after); next && next.at <= until; next = this.next(next.at)) count++;
    return count;
  }
}

function best(planned: (PlannedRun | null)[], better: (a: number, b: number) => boolean): PlannedRun | null {
  return planned.reduce((first, next) => (next && (!first || better(next.at, first.at)) ? next : first), null);
}
