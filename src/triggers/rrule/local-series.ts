import { spend } from '../../domain/budget.js';
import { DAY_MS } from './rule-days.js';
import type { YearTable } from './year-table.js';

/** A rule without an occurrence for this long counts as ended. */
const SEARCH_YEARS = 400;
const LAST_YEAR = 2500;

/** The matches of one year; `shift` is the zone's offset minus the offset at the start, in seconds. */
export interface YearSource {
  table(year: number, shift: number): YearTable;
  /** The days that may have matches, whatever the shift. */
  days(year: number): readonly number[];
}

const yearOf = (local: number): number => new Date(local).getUTCFullYear();

/** The local times that a rule matches, written as if they were UTC (epoch ms). */
export class LocalSeries {
  constructor(private readonly source: YearSource) {}

  /** The first match in [from, before). */
  first(from: number, before: number, shift: number): number | null {
    for (let year = yearOf(from); from < before && year <= Math.min(yearOf(before), LAST_YEAR); year++) {
      spend();
      const table = this.source.table(year, shift);
      const rank = table.rank(Math.ceil(from / 1000));
      if (rank === table.size) continue;
      const local = table.at(rank) * 1000;
      return local < before ? local : null;
    }
    return null;
  }

  /** The last match in [from, before). */
  last(from: number, before: number, shift: number): number | null {
    for (let year = Math.min(yearOf(before), LAST_YEAR); from < before && year >= yearOf(from); year--) {
      spend();
      const table = this.source.table(year, shift);
      const rank = table.rank(Math.ceil(before / 1000));
      if (rank === 0) continue;
      const local = table.at(rank - 1) * 1000;
      return local >= from ? local : null;
    }
    return null;
  }

  /** How many matches lie in [from, before). */
  count(from: number, before: number, shift: number): number {
    let count = 0;
    for (let year = yearOf(from); from < before && year <= Math.min(yearOf(before), LAST_YEAR); year++) {
      spend();
      const table = this.source.table(year, shift);
      count += table.rank(Math.ceil(before / 1000)) - table.rank(Math.ceil(from / 1000));
    }
    return count;
  }

  /** The first day that may have a match at or after a local time, as its midnight. */
  dayFrom(local: number): number | null {
    const day = Math.floor(local / DAY_MS);
    const first = yearOf(local);
    for (let year = first; year <= Math.min(first + SEARCH_YEARS, LAST_YEAR); year++) {
      spend();
      const found = this.source.days(year).find((candidate) => candidate >= day);
      if (found !== undefined) return found * DAY_MS;
    }
    return null;
  }

  /** The last day that may have a match at or before a local time, as its midnight. */
  dayUntil(local: number): number | null {
    const day = Math.floor(local / DAY_MS);
    const last = Math.min(yearOf(local), LAST_YEAR);
    for (let year = last; year >= last - SEARCH_YEARS; year--) {
      spend();
      const found = this.source.days(year).findLast((candidate) => candidate <= day);
      if (found !== undefined) return found * DAY_MS;
    }
    return null;
  }
}
