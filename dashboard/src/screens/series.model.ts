import type { Schemas } from '../api/client.ts';

/** What ended within a step, and how late its starts were. */
export interface Point {
  at: number;
  succeeded: number;
  /** Skipped, coalesced or cancelled. */
  odd: number;
  /** Failed, timed out or missed. */
  bad: number;
  all: number;
  p50Ms: number;
  p99Ms: number;
}

const NONE = { skipped: 0, missed: 0, coalesced: 0 };

/** All steps of a time: those without a figure are empty. */
export function pointsOf(
  figures: readonly Schemas['SeriesPointResponse'][],
  from: number,
  stepMs: number,
  count: number,
): Point[] {
  const known = new Map(figures.map((each) => [Date.parse(each.at), each]));
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * stepMs;
    const figure = known.get(at);
    const left = figure?.leftOut ?? NONE;
    const [succeeded, odd, bad] = figure
      ? [
          figure.succeeded,
          figure.skipped + figure.cancelled + left.skipped + left.coalesced,
          figure.failed + figure.timed_out + figure.missed + left.missed,
        ]
      : [0, 0, 0];
    const { p50Ms = 0, p99Ms = 0 } = (figure?.lateness ?? {}) as { p50Ms?: number | null; p99Ms?: number | null };
    return { at, succeeded, odd, bad, all: succeeded + odd + bad, p50Ms: p50Ms ?? 0, p99Ms: p99Ms ?? 0 };
  });
}

/** The height of a bar; what is there is never too low to be seen. */
export const heightOf = (value: number, most: number, height: number): number =>
  value <= 0 ? 0 : Math.max(1.2, (value / most) * height);
