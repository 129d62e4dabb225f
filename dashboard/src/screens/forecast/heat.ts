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
  /** Which of its minutes belong to what is forecast. */
  minutes: { first: number; count: number };
}

/** From which share of the busiest minute on a cell has which level. */
const LEVELS = [0, 0.25, 0.5, 0.75] as const;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How crowded, from 0 (nothing) to 4, in comparison with the busiest minute. */
export const levelOf = (starts: number, most: number): number =>
  starts === 0 ? 0 : LEVELS.filter((share) => starts > share * most).length;

/** The minutes of a time in rows of an hour, each cell with its level. */
export function heatOf(minutes: readonly Minute[], range: { from: string; to: string }): HeatRow[] {
  const most = Math.max(1, ...minutes.map(({ starts }) => starts));
  const rows = rowsOf(Date.parse(range.from), Date.parse(range.to));
  for (const minute of minutes) {
    const row = rows.get(Math.floor(Date.parse(minute.at) / HOUR_MS) * HOUR_MS);
    if (!row) continue;
    row.starts += minute.starts;
    if (minute.starts > row.busiest.starts) row.busiest = minute;
    row.cells.push({ ...minute, level: levelOf(minute.starts, most) });
  }
  return [...rows.values()];
}

/** The rows of a range. A row has all of its hour; what lies outside the range is no minute without starts. */
function rowsOf(from: number, to: number): Map<number, HeatRow> {
  const rows = new Map<number, HeatRow>();
  for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour < to; hour += HOUR_MS) {
    const first = Math.max(0, Math.floor((from - hour) / MINUTE_MS));
    const end = Math.min(60, Math.ceil((to - hour) / MINUTE_MS));
    const busiest = { at: new Date(hour).toISOString(), starts: 0 };
    rows.set(hour, { from: hour, starts: 0, busiest, cells: [], minutes: { first, count: end - first } });
  }
  return rows;
}

/** The minute within its hour. */
export const minuteOf = (at: string): number => new Date(at).getUTCMinutes();
