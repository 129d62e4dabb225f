import { WEEKDAYS, type Calendar } from '../domain/calendar.js';
import type { LeftOut, PlannedRun, Timetable } from './trigger-type.js';
import { Zone } from './zone.js';

const DAY_MS = 86_400_000;
/** How many stretches in a row a search passes over before it gives up: more than four years of days left out. */
const MOST_STRETCHES = 1500;

/** A stretch of instants, `end` exclusive (epoch ms). */
interface Part {
  start: number;
  end: number;
}

/** The instants of a timetable that a calendar does not leave out. */
export class CalendarTimetable implements Timetable {
  private readonly zone: Zone;
  private readonly dates: ReadonlySet<string>;
  private readonly weekdays: ReadonlySet<string>;
  /** The parts of a day that windows leave, in milliseconds from midnight. */
  private readonly open: readonly Part[];

  constructor(
    private readonly table: Timetable,
    private readonly name: string,
    { timeZone, dates, weekdays, windows }: Calendar,
  ) {
    this.zone = Zone.of(timeZone);
    this.dates = new Set(dates);
    this.weekdays = new Set(weekdays);
    this.open = openParts(windows.flatMap(({ from, to }) => closedParts(timeOf(from), timeOf(to))));
  }

  next(after: number): PlannedRun | null {
    let from = after;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.next(from);
      if (!planned) return null;
      const day = this.dayOf(planned.at);
      const part = this.partsOf(day).find(({ end }) => planned.at < end);
      if (part && part.start <= planned.at) return planned;
      from = (part?.start ?? this.startOf(day + 1)) - 1;
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    let until = before;
    for (let i = 0; i < MOST_STRETCHES; i++) {
      const planned = this.table.previous(until);
      if (!planned) return null;
      const day = this.dayOf(planned.at);
      const part = this.partsOf(day).findLast(({ start }) => planned.at >= start);
      if (part && planned.at < part.end) return planned;
      until = part?.end ?? this.startOf(day);
    }
    return null;
  }

  /** Takes time by the day. */
  count(after: number, until: number): number {
    let count = 0;
    for (let day = this.dayOf(after + 1); this.startOf(day) <= until; day++) {
      for (const { start, end } of this.partsOf(day)) {
        count += Math.max(0, this.table.count(Math.max(after, start - 1), Math.min(until, end - 1)));
      }
    }
    return count;
  }

  leftOut(after: number, until: number): LeftOut[] {
    const others = this.table.leftOut?.(after, until) ?? [];
    const count = this.table.count(after, until) - this.count(after, until);
    if (count <= 0) return others;
    return [...others, { from: this.firstOut(after), to: this.lastOut(until), count, calendar: this.name }];
  }

  /** The first instant after `after` that this calendar leaves out; there is one. */
  private firstOut(after: number): number {
    let from = after;
    for (;;) {
      const { at } = this.table.next(from)!;
      const part = this.partAt(at);
      if (!part) return at;
      from = part.end - 1;
    }
  }

  /** The last instant up to `until` that this calendar leaves out; there is one. */
  private lastOut(until: number): number {
    let before = until + 1;
    for (;;) {
      const { at } = this.table.previous(before)!;
      const part = this.partAt(at);
      if (!part) return at;
      before = part.start;
    }
  }

  private partAt(instant: number): Part | undefined {
    return this.partsOf(this.dayOf(instant)).find(({ start, end }) => instant >= start && instant < end);
  }

  /** The stretches of a local day that are not left out. */
  private partsOf(day: number): Part[] {
    const local = new Date(day * DAY_MS);
    if (this.weekdays.has(WEEKDAYS[local.getUTCDay()]!) || this.dates.has(local.toISOString().slice(0, 10))) return [];
    const at = (ms: number) => this.zone.instantOf(day * DAY_MS + ms);
    return this.open
      .map(({ start, end }) => ({ start: at(start), end: at(end) }))
      .filter(({ start, end }) => start < end);
  }

  /** The number of the local day in which an instant lies. */
  private dayOf(instant: number): number {
    return Math.floor((instant + this.zone.segmentAt(instant).offset) / DAY_MS);
  }

  private startOf(day: number): number {
    return this.zone.instantOf(day * DAY_MS);
  }
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

/** What the closed parts leave of a day. */
function openParts(closed: Part[]): Part[] {
  const open: Part[] = [];
  let from = 0;
  for (const { start, end } of closed.toSorted((a, b) => a.start - b.start)) {
    if (start > from) open.push({ start: from, end: start });
    from = Math.max(from, end);
  }
  return from < DAY_MS ? [...open, { start: from, end: DAY_MS }] : open;
}
