import { spend } from '../../domain/budget.js';
import { lowerBound } from './year-table.js';
import type { PlannedRun, Timetable } from '../trigger-type.js';

/** A timetable with single instants added and others removed (RDATE, EXDATE). */
export class AmendedTimetable implements Timetable {
  /** Added instants that the table lacks, and removed ones that it has. Ascending. */
  private readonly extra: readonly number[];
  private readonly gone: readonly number[];

  constructor(
    private readonly table: Timetable,
    added: readonly number[],
    removed: readonly number[],
  ) {
    const out = new Set(removed);
    const has = (at: number) => {
      spend(10);
      return table.next(at - 1)?.at === at;
    };
    this.extra = ascending(added).filter((at) => !out.has(at) && !has(at));
    this.gone = ascending(removed).filter(has);
  }

  next(after: number): PlannedRun | null {
    let found = this.table.next(after);
    while (found && this.isGone(found.at)) found = this.table.next(found.at);
    const extra = this.extra[lowerBound(this.extra, after + 1)];
    return extra !== undefined && (!found || extra < found.at) ? { at: extra } : found;
  }

  previous(before: number): PlannedRun | null {
    let found = this.table.previous(before);
    while (found && this.isGone(found.at)) found = this.table.previous(found.at);
    const extra = this.extra[lowerBound(this.extra, before) - 1];
    return extra !== undefined && (!found || extra > found.at) ? { at: extra } : found;
  }

  count(after: number, until: number): number {
    const among = (instants: readonly number[]) =>
      Math.max(0, lowerBound(instants, until + 1) - lowerBound(instants, after + 1));
    return this.table.count(after, until) + among(this.extra) - among(this.gone);
  }

  private isGone(at: number): boolean {
    return this.gone[lowerBound(this.gone, at)] === at;
  }
}

const ascending = (instants: readonly number[]): number[] => [...new Set(instants)].sort((a, b) => a - b);
