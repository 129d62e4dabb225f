import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { groupsBy } from '../domain/groups.js';
import { demandSteps, floorTo, type TimeRange } from '../domain/time-range.js';
import {
  FIGURES_KEPT_DAYS,
  latenessOf,
  MINUTE_MS,
  minuteOf,
  noTotals,
  type Lateness,
  type MinuteSums,
  type Totals,
} from './figures.js';
import { StatsReads } from './stats.store.js';

const KEPT_MS = FIGURES_KEPT_DAYS * 86_400_000;
export const MOST_POINTS = 1500;

/** Which stretch of time, in steps of whole minutes. */
export interface SeriesQuery extends TimeRange {
  stepMs: number;
}

/** What happened within one step, which begins at `at` (epoch ms). */
export interface SeriesPoint extends Totals {
  at: number;
  lateness: Lateness;
}

/** The figures of an organization over time. Only points at which something happened. */
export interface Series<Point extends SeriesPoint = SeriesPoint> extends SeriesQuery {
  points: Point[];
  /** Whether it begins before the figures that are kept, or not all that there is was looked at. */
  truncated: boolean;
}

/** Sums up the figures of minutes to steps. */
@Injectable()
export class SeriesService {
  constructor(
    private readonly store: StatsReads,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputError for an empty range, or one of too many steps */
  async of(organization: string, query: SeriesQuery): Promise<Series> {
    const { stepMs } = query;
    demandSteps(query, MOST_POINTS, 'points');
    const from = floorTo(query.from, stepMs);
    const kept = minuteOf(this.clock.now() - KEPT_MS);
    const limit = KEPT_MS / MINUTE_MS + 2;
    const sums = await this.store.sums(organization, { from: Math.max(from, kept), before: query.to, limit });
    return { from, to: query.to, stepMs, points: pointsOf(sums, stepMs), truncated: from < kept };
  }
}

function pointsOf(sums: readonly MinuteSums[], stepMs: number): SeriesPoint[] {
  const steps = groupsBy(sums, ({ minute }) => floorTo(minute, stepMs));
  return [...steps].map(([at, minutes]) => ({ at, ...totalsOf(minutes), lateness: latenessOf(minutes) }));
}

function totalsOf(minutes: readonly MinuteSums[]): Totals {
  const totals = noTotals();
  for (const minute of minutes)
    for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += minute[name];
  return totals;
}
