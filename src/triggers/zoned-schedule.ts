import type { PlannedRun, Timetable } from './trigger-type.js';
import type { LocalSchedule } from './local-schedule.js';
import type { Segment, Zone } from './zone.js';

/** A longer jump is a zone crossing the date line, not a clock change, and is not made up for (Vixie cron's bound). */
const LONGEST_CLOCK_CHANGE_MS = 3 * 3_600_000;
const SEARCH_LIMIT_MS = 41 * 366 * 86_400_000;
const EARLIEST = Date.UTC(1900, 0, 1);

/**
 * The instants of local times in a zone, with Vixie cron's rule at clock changes: a fixed time inside a gap fires once
 * at the first instant after it, a fixed time in a repeated stretch fires at its first passing, and a schedule that
 * follows the clock fires at every turn that the clock really makes.
 */
export class ZonedSchedule implements Timetable {
  constructor(
    private readonly schedule: LocalSchedule,
    private readonly zone: Zone,
    private readonly followsClock: boolean,
  ) {}

  next(after: number): PlannedRun | null {
    const from = Math.max(after + 1, EARLIEST);
    const limit = from + SEARCH_LIMIT_MS;
    let segment = this.zone.segmentAt(from);
    while (segment.start < limit) {
      if (segment.start >= from && this.movedTo(segment)) return { at: segment.start, shifted: true };
      const local = this.schedule.next(Math.max(from + segment.offset, this.firstLocal(segment)));
      if (local === null) return null;
      const at = local - segment.offset;
      if (at < segment.end) return { at };
      // A match years ahead is looked for from just before it; two days cover any change of offset.
      segment = this.zone.segmentAt(Math.max(segment.end, at - 2 * 86_400_000));
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    const limit = Math.max(before - SEARCH_LIMIT_MS, EARLIEST);
    let segment = this.zone.segmentAt(before - 1);
    while (segment.end > limit) {
      const until = Math.min(before, segment.end);
      const local = this.schedule.previous(until + segment.offset);
      if (local !== null && local >= this.firstLocal(segment)) return { at: local - segment.offset };
      if (segment.start < before && this.movedTo(segment)) return { at: segment.start, shifted: true };
      if (local === null) return null;
      segment = this.zone.segmentAt(Math.min(segment.start - 1, local - segment.offset + 2 * 86_400_000));
    }
    return null;
  }

  count(after: number, until: number): number {
    let count = 0;
    let from = after + 1;
    while (from <= until) {
      const segment = this.zone.segmentAt(from);
      const to = Math.min(until + 1, segment.end);
      count += this.schedule.count(Math.max(from + segment.offset, this.firstLocal(segment)), to + segment.offset);
      if (segment.start === from && this.movedTo(segment)) count++;
      from = to;
    }
    return count;
  }

  /** The first local time of a segment that counts: in a repeated stretch fixed times have had their turn. */
  private firstLocal(segment: Segment): number {
    const shift = segment.offset - segment.before;
    const repeated = !this.followsClock && shift < 0 && -shift <= LONGEST_CLOCK_CHANGE_MS;
    return segment.start + (repeated ? segment.before : segment.offset);
  }

  /** Whether fixed times that a gap left out fire at the segment's first instant, where nothing fires anyway. */
  private movedTo(segment: Segment): boolean {
    const shift = segment.offset - segment.before;
    if (this.followsClock || shift <= 0 || shift > LONGEST_CLOCK_CHANGE_MS) return false;
    const first = segment.start + segment.offset;
    return (
      this.schedule.count(segment.start + segment.before, first) > 0 && this.schedule.count(first, first + 1) === 0
    );
  }
}
