const DAY_MS = 86_400_000;
/** Shorter than any stretch: in Gaza, Ramadan leaves one of less than a week. */
const SCAN_STEP_MS = 3 * DAY_MS;

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

/** An IANA time zone as stretches of constant offset, taken from the runtime's own zone data and cached by year. */
export class Zone {
  private static readonly known = new Map<string, Zone>();

  private readonly format: Intl.DateTimeFormat;
  private readonly years = new Map<number, Segment[]>();

  /** The zone of that name. @throws RangeError when there is none. */
  static of(name: string): Zone {
    // Names count whatever their case; without this, each way to write one would be kept.
    const key = name.toLowerCase();
    let zone = Zone.known.get(key);
    if (!zone) Zone.known.set(key, (zone = new Zone(name)));
    return zone;
  }

  private constructor(readonly name: string) {
    if (/^[+-]/.test(name)) throw new RangeError('an offset is not a time zone');
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The stretch that `instant` (epoch ms) lies in. Stretches end at the turn of a UTC year at the latest. */
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
    const second = Math.floor(instant / 1000) * 1000;
    // Reading the text takes a third of the time that taking it in parts takes: "10/31/2027 AD, 02:30:00".
    const text = this.format.format(second);
    const [month, day, year, hour, minute, seconds] = text.match(/\d+/g)!.map(Number) as [number, ...number[]];
    const local = new Date(0);
    local.setUTCFullYear(text.includes('BC') ? 1 - year! : year!, month - 1, day);
    local.setUTCHours(hour!, minute, seconds);
    return local.getTime() - second;
  }

  /**
   * The instant at which the clocks show `local`, which is written as if it were UTC (epoch ms): its first passing
   * where they show it twice, and as much later as they skip where they do not show it.
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
    if (!segments) this.years.set(year, (segments = this.scan(startOfYear(year), startOfYear(year + 1))));
    return segments;
  }

  private scan(from: number, to: number): Segment[] {
    const segments: Segment[] = [];
    let start = from;
    let before = this.offsetAt(from - 1);
    let offset = this.offsetAt(from);
    for (let at = from; at < to; at += SCAN_STEP_MS) {
      const until = Math.min(at + SCAN_STEP_MS, to);
      const later = this.offsetAt(until - 1);
      if (later === offset) continue;
      // From the instant before, for the change may lie on the very instant from which this step looks.
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
