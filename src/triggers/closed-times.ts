import { LRUCache } from 'lru-cache';
import { spend } from '../domain/budget.js';
import type { Calendar } from '../domain/calendar.js';
import { CalendarDays } from './calendar-days.js';
import { Zone } from './zone.js';

export const DAY_MS = 86_400_000;

/** A stretch of instants, `end` exclusive (epoch ms). */
export interface Part {
  start: number;
  end: number;
}

/** Whether a calendar excludes an instant, by its day or by a window, and the stretch for which this holds. */
export interface Closure extends Part {
  by: 'day' | 'window' | null;
}

/** The times that a calendar excludes, by the clock of its zone. */
export class ClosedTimes {
  private static readonly known = new WeakMap<Calendar, ClosedTimes>();

  readonly zone: Zone;
  readonly days: CalendarDays;
  /** The parts of a day outside all windows, in milliseconds from midnight. */
  private readonly open: readonly Part[];
  /** The latest answer: callers mostly ask about the same stretch several times in a row. */
  private latest: Closure = { by: null, start: 0, end: 0 };
  /** The open parts of recently requested days. */
  private readonly parts = new LRUCache<number, Part[]>({ max: 64 });

  static of(calendar: Calendar): ClosedTimes {
    let times = ClosedTimes.known.get(calendar);
    if (!times) ClosedTimes.known.set(calendar, (times = new ClosedTimes(calendar)));
    return times;
  }

  private constructor(calendar: Calendar) {
    this.zone = Zone.of(calendar.timeZone);
    this.days = new CalendarDays(calendar);
    this.open = openParts(calendar.windows.flatMap(({ from, to }) => closedParts(timeOf(from), timeOf(to))));
  }

  /** The open stretches of a local day. */
  private partsOf(day: number): Part[] {
    let parts = this.parts.get(day);
    if (!parts) this.parts.set(day, (parts = this.partsAnew(day)));
    return parts;
  }

  private partsAnew(day: number): Part[] {
    if (this.days.has(day)) return [];
    spend(5 + this.open.length);
    const at = (ms: number) => this.zone.instantOf(day * DAY_MS + ms);
    return this.open
      .map(({ start, end }) => ({ start: at(start), end: at(end) }))
      .filter(({ start, end }) => start < end);
  }

  /** The stretch around an instant, within its local day, that is excluded or open as a whole. */
  at(instant: number): Closure {
    spend();
    if (instant < this.latest.start || instant >= this.latest.end) this.latest = this.find(instant);
    return this.latest;
  }

  private find(instant: number): Closure {
    const day = this.dayOf(instant);
    const whole = { start: this.startOf(day), end: this.startOf(day + 1) };
    if (this.days.has(day)) return { by: 'day', ...whole };
    const parts = this.partsOf(day);
    const index = endedBy(parts, instant);
    const next = parts[index];
    if (next && next.start <= instant) return { by: null, ...next };
    return { by: 'window', start: parts[index - 1]?.end ?? whole.start, end: next?.start ?? whole.end };
  }

  /** The number of the local day that contains an instant. */
  dayOf(instant: number): number {
    return Math.floor((instant + this.zone.segmentAt(instant).offset) / DAY_MS);
  }

  startOf(day: number): number {
    return this.zone.instantOf(day * DAY_MS);
  }
}

/** How many of the ordered parts have ended at an instant. */
function endedBy(parts: readonly Part[], instant: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (parts[middle]!.end <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function timeOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number) as [number, number];
  return (hours * 60 + minutes) * 60_000;
}

const closedParts = (start: number, end: number): Part[] =>
  start < end
    ? [{ start, end }]
    : [
        { start: 0, end },
        { start, end: DAY_MS },
      ];

/** The parts of a day that remain beside the closed parts. */
function openParts(closed: Part[]): Part[] {
  const open: Part[] = [];
  let from = 0;
  for (const { start, end } of closed.toSorted((a, b) => a.start - b.start)) {
    if (start > from) open.push({ start: from, end: start });
    from = Math.max(from, end);
  }
  return from < DAY_MS ? [...open, { start: from, end: DAY_MS }] : open;
}
