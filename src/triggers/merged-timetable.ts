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

  /** The densest member by arithmetic; of each other one, those of its instants that no denser one shares. */
  count(after: number, until: number): number {
    const sizes = this.members.map(({ table, from }) => ({
      table,
      from: Math.max(after, from),
      size: table.count(Math.max(after, from), until),
    }));
    const [densest, ...others] = sizes.sort((a, b) => b.size - a.size);
    if (!densest) return 0;
    const own = others.map((member, index) => countOwn(member, sizes.slice(0, index + 1), until));
    return own.reduce((sum, count) => sum + count, densest.size);
  }
}

function countOwn({ table, from }: Member, denser: readonly Member[], until: number): number {
  let count = 0;
  for (let next = table.next(from); next && next.at <= until; next = table.next(next.at)) {
    const { at } = next;
    if (!denser.some((other) => at > other.from && other.table.next(at - 1)?.at === at)) count++;
  }
  return count;
}

function best(planned: (PlannedRun | null)[], better: (a: number, b: number) => boolean): PlannedRun | null {
  return planned.reduce((first, next) => (next && (!first || better(next.at, first.at)) ? next : first), null);
}
