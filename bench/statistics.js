/** The smallest value such that the given share of the values is at or below it. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Tells the middle, the 95th percentile and the largest of some figures in ms. */
export function told(what, values, digits = 1) {
  const [p50, p95, most] = [0.5, 0.95, 1].map((share) => percentile(values, share).toFixed(digits));
  console.log(`${what}: p50 ${p50} ms, p95 ${p95} ms, most ${most} ms (${values.length})`);
}

export const median = (values) => percentile(values, 0.5);

/** The punctuality and completeness of the starts of some occurrences, each given as `[key, nominal, start]`. */
export function punctuality(starts, expected) {
  const lateness = starts.map(([, nominal, start]) => start - nominal);
  const keys = new Set(starts.map(([key]) => key));
  return {
    p50: percentile(lateness, 0.5),
    p99: percentile(lateness, 0.99),
    max: percentile(lateness, 1),
    missing: expected - keys.size,
    doubled: starts.length - keys.size,
  };
}
