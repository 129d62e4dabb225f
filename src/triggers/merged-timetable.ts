import { spend } from '../domain/budget.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

interface Member {
  table: Timetable;
  /** Only this member's instants after this one (epoch ms) count. */
  from: number;
}

/** How many comparisons of instants `count` makes; the largest number that a policy asks for is half of it. */
const MOST_COMPARISONS = 20_000;
/** How many instants of a member are compared at least. */
const LEAST_COMPARED = 100;

function distinct(members: readonly Member[]): Member[] {
  const starts = new Map<Timetable, number>();
  for (const { table, from } of members) starts.set(table, Math.min(from, starts.get(table) ?? from));
  return [...starts].map(([table, from]) => ({ table, from }));
}

/** The instants of several timetables, each once. */
export class MergedTimetable implements Timetable {
  private readonly members: readonly Member[];

  /** A table that is given twice counts from the earlier of its starts. */
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
   * Counts the densest member by arithmetic, and of each other member the instants that no denser member shares. Where
   * that would take more than 20,000 comparisons, the share among a member's first instants is assumed for the later
   * ones.
   */
  count(after: number, until: number): number {
    const [only, second] = this.members;
    if (only && !second) return only.table.count(Math.max(after, only.from), until);
    const sizes = this.members.map(({ table, from }) => ({
      table,
      from: Math.max(after, from),
      size: table.count(Math.max(after, from), until),
    }));
    const [densest, ...others] = sizes.sort((a, b) => b.size - a.size);
    if (!densest) return 0;
    const most = Math.max(LEAST_COMPARED, MOST_COMPARISONS / ((others.length * (others.length + 1)) / 2));
    const own = others.map((member, index) => sizeOfOwn(member, sizes.slice(0, index + 1), until, most));
    return own.reduce((sum, count) => sum + count, densest.size);
  }
}

interface SizedMember extends Member {
  /** How many instants lie in the range in question. */
  size: number;
}

function sizeOfOwn({ table, from, size }: SizedMember, denser: readonly Member[], until: number, most: number): number {
  let own = 0;
  let compared = 0;
  for (let next = table.next(from); next && next.at <= until; next = table.next(next.at)) {
    if (compared >= most) return Math.round((own / compared) * size);
    const { at } = next;
    spend(1 + denser.length);
    if (!denser.some((other) => at > other.from && other.table.next(at - 1)?.at === at)) own++;
    compared++;
  }
  return own;
}
