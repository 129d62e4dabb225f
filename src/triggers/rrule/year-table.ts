import { LRUCache } from 'lru-cache';

/** The matches of one year: the days with matches, ascending, and for each day its seconds of the day, ascending. */
export class YearTable {
  /** The number of matches before each day; one extra entry at the end holds the total. */
  private readonly before: readonly number[];
  /** The number of values held in memory; a list shared by several days counts once. */
  readonly weight: number;

  constructor(
    readonly days: readonly number[],
    private readonly times: readonly Int32Array[],
  ) {
    let sum = 0;
    this.before = [0, ...times.map((seconds) => (sum += seconds.length))];
    this.weight = 50 + 3 * days.length + [...new Set(times)].reduce((all, { length }) => all + length, 0);
  }

  get size(): number {
    return this.before.at(-1)!;
  }

  /** How many matches come before a local time (seconds, written as if it were UTC). */
  rank(second: number): number {
    const day = Math.floor(second / 86_400);
    const index = lowerBound(this.days, day);
    const known = this.before[index]!;
    return this.days[index] === day ? known + lowerBound(this.times[index]!, second - day * 86_400) : known;
  }

  /** The local second of the match with index `rank` (from 0), which must exist. */
  at(rank: number): number {
    const index = lowerBound(this.before, rank + 1) - 1;
    return this.days[index]! * 86_400 + this.times[index]![rank - this.before[index]!]!;
  }
}

/** How many of the ascending values are below the limit. */
export function lowerBound(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Recently used tables and lists of times of all series; together they stay within some tens of megabytes. */
const tables = new LRUCache<string, YearTable>({
  max: 3000,
  maxSize: 5_000_000,
  sizeCalculation: (table) => table.weight,
});
const lists = new LRUCache<string, Int32Array>({
  maxSize: 3_000_000,
  sizeCalculation: (list) => list.length + 100,
});
let seriesKnown = 0;

/** A new name under which a series caches its tables. */
export const newSeriesName = (): string => String(++seriesKnown);

export const cachedTable = (key: string, make: () => YearTable): YearTable => cached(tables, key, make);
export const cachedList = (key: string, make: () => Int32Array): Int32Array => cached(lists, key, make);

function cached<Value extends object>(cache: LRUCache<string, Value>, key: string, make: () => Value): Value {
  let value = cache.get(key);
  if (value === undefined) cache.set(key, (value = make()));
  return value;
}
