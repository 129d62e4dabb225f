import type { RunState } from '../domain/run.js';

/** How runs end. */
export const ENDS = [
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'skipped',
  'missed',
] as const satisfies readonly RunState[];
export type End = (typeof ENDS)[number];

/** The number of attempts that started, and of runs by final state. */
export type Totals = Record<End | 'starts', number>;

/** What happened to an organization's runs in one minute, on one instance. */
export interface MinuteFigures extends Totals {
  organization: string;
  instance: string;
  /** The start of the minute (epoch ms). */
  minute: number;
  /** The number of starts by lateness: up to each of `LATENESS_BOUNDS`, and beyond the last bound. */
  lateness: number[];
  /** The largest lateness of a start, in milliseconds. */
  worstMs: number;
}

/** What happened to an organization's runs in one minute, on all instances together. */
export type MinuteSums = Omit<MinuteFigures, 'instance' | 'organization'>;

/** Upper bounds of lateness in milliseconds. */
export const LATENESS_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

export const MINUTE_MS = 60_000;

/** For how many days figures are kept. */
export const FIGURES_KEPT_DAYS = 2;

/** The start of the minute that contains an instant (epoch ms). */
export const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

export const noTotals = (): Totals => ({
  starts: 0,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  cancelled: 0,
  skipped: 0,
  missed: 0,
});

/** A minute without any events. */
export const noFigures = (identity: Pick<MinuteFigures, 'organization' | 'instance' | 'minute'>): MinuteFigures => ({
  ...identity,
  ...noTotals(),
  lateness: Array.from({ length: LATENESS_BOUNDS.length + 1 }, () => 0),
  worstMs: 0,
});

/** Adds a start, `latenessMs` after its due instant. */
export function addStart(figures: MinuteFigures, latenessMs: number): void {
  const late = Math.max(0, latenessMs);
  const index = LATENESS_BOUNDS.findIndex((bound) => late <= bound);
  figures.starts++;
  figures.lateness[index < 0 ? LATENESS_BOUNDS.length : index]!++;
  figures.worstMs = Math.max(figures.worstMs, late);
}

/** Adds a run that has ended. */
export function addEnd(figures: MinuteFigures, state: RunState): void {
  if ((ENDS as readonly RunState[]).includes(state)) figures[state as End]++;
}

/** The lateness of the starts in some minutes, in milliseconds; null when there were none. */
export interface Lateness {
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  worstMs: number | null;
}

/** The percentiles of lateness, each as an upper bound. */
export function latenessOf(minutes: readonly Pick<MinuteFigures, 'lateness' | 'worstMs'>[]): Lateness {
  const counts = [...LATENESS_BOUNDS, Infinity].map((_, index) =>
    minutes.reduce((sum, { lateness }) => sum + (lateness[index] ?? 0), 0),
  );
  const starts = counts.reduce((sum, count) => sum + count, 0);
  if (starts === 0) return { p50Ms: null, p95Ms: null, p99Ms: null, worstMs: null };
  const worstMs = Math.max(...minutes.map((minute) => minute.worstMs));
  const below = (share: number) => Math.min(worstMs, boundAt(counts, Math.ceil(starts * share)) ?? worstMs);
  return { p50Ms: below(0.5), p95Ms: below(0.95), p99Ms: below(0.99), worstMs };
}

/** The upper bound of the bucket with the `rank`-th start; undefined beyond the last bound. */
function boundAt(counts: readonly number[], rank: number): number | undefined {
  let seen = 0;
  return LATENESS_BOUNDS[counts.findIndex((count) => (seen += count) >= rank)];
}
