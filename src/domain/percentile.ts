/** The value that a share (0 to 1) of the values does not exceed. The values are in ascending order, and at least one. */
export const percentileOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
