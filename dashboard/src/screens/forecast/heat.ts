/** A minute of the forecast. */
interface Minute {
  at: string;
  starts: number;
}

export interface HeatRow {
  /** The hour that the row begins with, in epoch milliseconds. */
  from: number;
  starts: number;
  busiest: Minute;
  cells: (Minute & { level: number })[];
}

/** From which share of the busiest minute on a cell has which level. */
const LEVELS = [0, 0.25, 0.5, 0.75] as const;
const HOUR_MS = 3_600_000;

/** How crowded, from 0 (nothing) to 4, in comparison with the busiest minute. */
export const levelOf = (starts: number, most: number): number =>
  starts === 0 ? 0 : LEVELS.filter((share) => starts > share * most).length;

/** The minutes in rows of an hour, each cell with its level. */
export function heatOf(minutes: readonly Minute[]): HeatRow[] {
  const most = Math.max(1, ...minutes.map(({ starts }) => starts));
  const rows = new Map<number, HeatRow>();
  for (const minute of minutes) {
    const from = Math.floor(Date.parse(minute.at) / HOUR_MS) * HOUR_MS;
    const row = rows.get(from) ?? { from, starts: 0, busiest: minute, cells: [] };
    row.starts += minute.starts;
    if (minute.starts > row.busiest.starts) row.busiest = minute;
    row.cells.push({ ...minute, level: levelOf(minute.starts, most) });
    rows.set(from, row);
  }
  return [...rows.values()];
}

/** The minute within its hour. */
export const minuteOf = (at: string): number => new Date(at).getUTCMinutes();
