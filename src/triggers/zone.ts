import { LRUCache } from 'lru-cache';
import { spend } from '../domain/budget.js';

const DAY_MS = 86_400_000;
/** Shorter than any stretch of one offset: around Ramadan, Gaza had one of less than a week. */
const SCAN_STEP_MS = 3 * DAY_MS;
/** The cost of reading a year from the runtime's data. */
const SCAN_STEPS = 250;
/**
 * From here on, years with equal weekdays have equal changes. Until 2087 the zone data list changes that follow the
 * moon.
 */
const FIRST_REPEATING_YEAR = 2101;
/** How many years of a zone are kept: all from 1900 to 2500, so that no search evicts years that it still needs. */
const MOST_YEARS = 640;
/** How many zones are kept; the runtime knows about 600. */
const MOST_ZONES = 200;
/** "10/31/2027, GMT+01:00" or, before there was standard time, "1/1/1890, GMT-04:56:02". */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** A stretch of UTC time in which a zone keeps one offset. Epoch ms; `end` is exclusive. */
export interface Segment {
  start: number;
  end: number;
  /** Local time minus UTC, in milliseconds. */
  offset: number;
  /** The offset just before `start`; differs from `offset` where the zone's clocks change. */
  before: number;
}

const startOfYear = (year: number) => Date.UTC(year, 0, 1);
const yearOf = (instant: number) => new Date(instant).getUTCFullYear();

const kindOf = (year: number): string =>
  `${new Date(startOfYear(year)).getUTCDay()}/${startOfYear(year + 1) - startOfYear(year)}`;
const MODELS = new Map(
  Array.from({ length: 28 }, (_, index) => FIRST_REPEATING_YEAR + 27 - index).map((year) => [kindOf(year), year]),
);

/** The year that has the same changes: itself, or the first repeating year with the same weekdays. */
const modelOf = (year: number): number => (year < FIRST_REPEATING_YEAR ? year : MODELS.get(kindOf(year))!);

/**
 * An IANA time zone as stretches of constant offset, read from the runtime's zone data. Recently used years are kept.
 */
export class Zone {
  private static readonly known = new LRUCache<string, Zone>({ max: MOST_ZONES });

  private readonly format: Intl.DateTimeFormat;
  private readonly years = new LRUCache<number, Segment[]>({ max: MOST_YEARS });

  /** The zone of that name. @throws RangeError when there is none. */
  static of(name: string): Zone {
    // Non-ASCII letters that fold to ASCII must not match a name.
    if (!/^[\w/+-]+$/.test(name)) throw new RangeError('a time zone has a name in ASCII');
    // Names ignore case; otherwise each spelling would be cached separately.
    const key = name.toLowerCase();
    let zone = Zone.known.get(key);
    if (!zone) Zone.known.set(key, (zone = new Zone(name)));
    return zone;
  }

  private constructor(readonly name: string) {
    if (/^[+-]/.test(name)) throw new RangeError('an offset is not a time zone');
    this.format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** The stretch that contains `instant` (epoch ms). Stretches end at the turn of a UTC year at the latest. */
  segmentAt(instant: number): Segment {
    const segments = this.segmentsOf(yearOf(instant));
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (segments[middle]!.start <= instant) low = middle;
      else high = middle - 1;
    }
    return segments[low]!;
  }

  /** Local time minus UTC at `instant`, in milliseconds. */
  offsetAt(instant: number): number {
    const [, sign, ...parts] = OFFSET.exec(this.format.format(instant))!;
    const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
    return (sign === '-' ? -1000 : 1000) * (hours * 3600 + minutes * 60 + seconds);
  }

  /**
   * The instant at which the clocks show `local`, written as if it were UTC (epoch ms). A repeated time is its first
   * pass; a skipped time moves later by the length of the gap.
   */
  instantOf(local: number): number {
    const before = this.segmentAt(local - DAY_MS).offset;
    const after = this.segmentAt(local + DAY_MS).offset;
    for (const offset of [before, after]) {
      if (this.segmentAt(local - offset).offset === offset) return local - offset;
    }
    return local - before;
  }

  private segmentsOf(year: number): Segment[] {
    let segments = this.years.get(year);
    if (!segments) this.years.set(year, (segments = this.segmentsAnew(year)));
    return segments;
  }

  private segmentsAnew(year: number): Segment[] {
    const model = modelOf(year);
    if (model === year) return this.scan(startOfYear(year), startOfYear(year + 1));
    const later = startOfYear(year) - startOfYear(model);
    return this.segmentsOf(model).map((segment) => ({
      ...segment,
      start: segment.start + later,
      end: segment.end + later,
    }));
  }

  private scan(from: number, to: number): Segment[] {
    spend(SCAN_STEPS);
    const segments: Segment[] = [];
    let start = from;
    let before = this.offsetAt(from - 1);
    let offset = this.offsetAt(from);
    for (let at = from; at < to; at += SCAN_STEP_MS) {
      const until = Math.min(at + SCAN_STEP_MS, to);
      const later = this.offsetAt(until - 1);
      if (later === offset) continue;
      // Start one instant earlier: the change may lie exactly at the start of this step.
      const change = this.changeBetween(at - 1, until - 1, offset);
      segments.push({ start, end: change, offset, before });
      before = offset;
      start = change;
      offset = later;
    }
    segments.push({ start, end: to, offset, before });
    return segments;
  }

  /** The first instant in (low, high] whose offset is not `offset`. Clocks change at whole seconds. */
  private changeBetween(low: number, high: number, offset: number): number {
    let [before, after] = [Math.floor(low / 1000), Math.ceil(high / 1000)];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.offsetAt(middle * 1000) === offset) before = middle;
      else after = middle;
    }
    return after * 1000;
  }
}
