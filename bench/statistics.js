/** The value below or at which the given share of the values lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values) => percentile(values, 0.5);

/** What the starts of some occurrences, each `[key, nominal, start]`, say about punctuality and completeness. */
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
