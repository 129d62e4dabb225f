const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** How much time is shown at once, in how long cells. */
export const RANGES = [
  { name: '4h', label: '4 hours', step: '5m', stepMs: 5 * MINUTE, cells: 48 },
  { name: '12h', label: '12 hours', step: '15m', stepMs: 15 * MINUTE, cells: 48 },
  { name: '2d', label: '2 days', step: '1h', stepMs: HOUR, cells: 48 },
  { name: '12d', label: '12 days', step: '6h', stepMs: 6 * HOUR, cells: 48 },
  { name: '6w', label: '6 weeks', step: '1d', stepMs: DAY, cells: 42 },
] as const;
export type Range = (typeof RANGES)[number];
export type RangeName = Range['name'];
