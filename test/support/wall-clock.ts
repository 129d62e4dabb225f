/** What a wall clock shows, read from the runtime only: the reference for all code that interprets zones itself. */
export interface WallTime {
  at: number;
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 is Sunday. */
  weekday: number;
  daysInMonth: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const [year, month, day, hour, minute, second] = Array.from({ length: 6 }, () => 'numeric' as const);
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year, month, day, hour, minute, second });
    formats.set(timeZone, format);
  }
  return format;
}

/** The local time of an instant (epoch ms), written as if it were UTC. */
export function localTime(timeZone: string, at: number): number {
  const [month = 0, day, year = 0, hour, minute, second] = formatOf(timeZone).format(at).match(/\d+/g)!.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function wallTime(timeZone: string, at: number): WallTime {
  const date = new Date(localTime(timeZone, at));
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return {
    at,
    year,
    month,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

/** A change of a zone's clocks: its instant, and local time minus UTC before and after it, in ms. */
export interface ClockChange {
  at: number;
  before: number;
  after: number;
}

/** The changes of a zone's clocks between two instants, found by sampling every ten days. */
export function clockChanges(timeZone: string, from: number, until: number): ClockChange[] {
  const offsetAt = (at: number) => localTime(timeZone, at) - at;
  const changes: ClockChange[] = [];
  let before = offsetAt(from);
  for (let at = from; at < until; at += 10 * 86_400_000) {
    const after = offsetAt(at + 10 * 86_400_000);
    if (after === before) continue;
    changes.push({ at: border(at, at + 10 * 86_400_000, (instant) => offsetAt(instant) === before), before, after });
    before = after;
  }
  return changes;
}

function border(low: number, high: number, isBefore: (at: number) => boolean): number {
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (isBefore(middle)) low = middle;
    else high = middle;
  }
  return high;
}
