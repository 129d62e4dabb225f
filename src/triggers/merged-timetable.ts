import type { PlannedRun, Timetable } from './trigger-type.js';

interface Member {
  table: Timetable;
  /** Instants of this member at or before this one (epoch ms) do not count. */
  from: number;
}

/** How many instants of a member are compared with the others'; the largest number that a policy asks for is half of it. */
const MOST_COMPARED = 20_000;

function distinct(members: readonly Member[]): Member[] {
  const starts = new Map<Timetable, number>();
  for (const { table, from } of members) starts.set(table, Math.min(from, starts.get(table) ?? from));
  return [...starts].map(([table, from]) => ({ table, from }));
}

/** The instants of several timetables, each once. */
export class MergedTimetable implements Timetable {
  private readonly members: readonly Member[];

  /** A table that is there twice counts from the earlier of its starts. */
  constructor(members: readonly Member[]) {
    this.members = members.length > 1 ? distinct(members) : members;
  }

  next(after: number): PlannedRun | null {
    let first: PlannedRun | null = null;
    for (const { table, from } of this.members) {
      const planned = table.next(Math.max(after, from));
      if (planned && (!first || planned.at < first.at)) first = planned;
    }
    return first;
  }

  previous(before: number): PlannedRun | null {
    let last: PlannedRun | null = null;
    for (const { table, from } of this.members) {
      const planned = table.previous(before);
      if (planned && planned.at > from && (!last || planned.at > last.at)) last = planned;
    }
    return last;
  }

  /**
   * The densest member by arithmetic; of each other one, those of its instants that no denser one shares. Where another
   * has more than 20,000 instants in the range, it is assumed to share as many of the rest as of the first 20,000.
   */
  count(after: number, until: number): number {
    const sizes = this.members.map(({ table, from }) => ({
      table,
      from: Math.max(after, from),
      size: table.count(Math.max(after, from), until),
    }));
    const [densest, ...others] = sizes.sort((a, b) => b.size - a.size);
    if (!densest) return 0;
    const own = others.map((member, index) => sizeOfOwn(member, sizes.slice(0, index + 1), until));
    return own.reduce((sum, count) => sum + count, densest.size);
  }
}

interface SizedMember extends Member {
  /** How many instants lie in the range in question. */
  size: number;
}

function sizeOfOwn({ table, from, size }: SizedMember, denser: readonly Member[], until: number): number {
  let own = 0;
  let compared = 0;
  for (let next = table.next(from); next && next.at <= until; next = table.next(next.at)) {
    if (compared === MOST_COMPARED) return Math.round((own / compared) * size);
    const { at } = next;
    if (!denser.some((other) => at > other.from && other.table.next(at - 1)?.at === at)) own++;
    compared++;
  }
  return own;
}
