import { spend } from '../domain/budget.js';
import type { DstRule } from '../domain/trigger.js';
import { readingsOf, type Reading } from './clock-readings.js';
import type { LocalSchedule } from './local-schedule.js';
import type { PlannedRun, Timetable } from './trigger-type.js';
import type { Segment, Zone } from './zone.js';

const SEARCH_LIMIT_MS = 41 * 366 * 86_400_000;
const EARLIEST = Date.UTC(1900, 0, 1);
/** More than the difference of any two offsets of a zone. */
const SLACK_MS = 2 * 86_400_000;

interface Stretch {
  segment: Segment;
  readings: Reading[];
}

/** The instants of a local schedule in a zone, with a rule for times that clock changes leave out or repeat. */
export class ZonedSchedule implements Timetable {
  private current: Stretch | null = null;

  constructor(
    private readonly schedule: LocalSchedule,
    private readonly zone: Zone,
    private readonly rule: DstRule,
  ) {}

  next(after: number): PlannedRun | null {
    const from = Math.max(after + 1, EARLIEST);
    let limit = Number.POSITIVE_INFINITY;
    let stretch = this.stretchAt(from);
    for (;;) {
      const run = this.firstIn(stretch, from);
      if (run) return run;
      // For a match years ahead, continue just before it. A match that a clock change leaves out does not end the
      // search.
      const { end, offset } = stretch.segment;
      const local = this.schedule.next(end + offset - SLACK_MS);
      if (local === null || local > limit) return null;
      limit = Math.min(limit, local + SEARCH_LIMIT_MS);
      stretch = this.stretchAt(Math.max(end, local - offset - SLACK_MS));
    }
  }

  previous(before: number): PlannedRun | null {
    let limit = EARLIEST;
    let stretch = this.stretchAt(before - 1);
    for (;;) {
      const run = this.lastIn(stretch, before);
      if (run) return run.at < EARLIEST ? null : run;
      const { start, before: offset } = stretch.segment;
      const local = this.schedule.previous(start + offset + SLACK_MS);
      if (local === null || local < limit) return null;
      limit = Math.max(limit, local - SEARCH_LIMIT_MS);
      stretch = this.stretchAt(Math.min(start - 1, local - offset + SLACK_MS));
    }
  }

  count(after: number, until: number): number {
    let count = 0;
    let from = Math.max(after + 1, EARLIEST);
    while (from <= until) {
      const stretch = this.stretchAt(from);
      const to = Math.min(until + 1, stretch.segment.end);
      for (const reading of stretch.readings) count += this.countIn(reading, stretch.readings[0]!, from, to);
      from = to;
    }
    return count;
  }

  private firstIn({ readings }: Stretch, earliest: number): PlannedRun | null {
    let first: PlannedRun | null = null;
    for (const { from, to, offset, shifted } of readings) {
      const local = this.schedule.next(Math.max(earliest, from) + offset);
      if (local === null || local - offset >= to) continue;
      const at = local - offset;
      if (!first || at < first.at) first = shifted ? { at, shifted } : { at };
    }
    return first;
  }

  private lastIn({ readings }: Stretch, before: number): PlannedRun | null {
    let last: PlannedRun | null = null;
    for (const { from, to, offset, shifted } of readings) {
      const local = this.schedule.previous(Math.min(before, to) + offset);
      if (local === null || local - offset < from) continue;
      const at = local - offset;
      if (!last || at > last.at) last = shifted ? { at, shifted } : { at };
    }
    return last;
  }

  /**
   * How many matches of a reading lie in [from, to), without those that the zone's own clock also shows at that
   * instant.
   */
  private countIn(reading: Reading, own: Reading, from: number, to: number): number {
    const { offset } = reading;
    const [start, end] = [Math.max(from, reading.from) + offset, Math.min(to, reading.to) + offset];
    if (!reading.shifted) return this.schedule.count(start, end);
    let count = 0;
    for (let at = this.schedule.next(start); at !== null && at < end; at = this.schedule.next(at + 1)) {
      if (!this.schedule.has(at - offset + own.offset)) count++;
    }
    return count;
  }

  private stretchAt(instant: number): Stretch {
    const { current } = this;
    if (current && instant >= current.segment.start && instant < current.segment.end) return current;
    const segment = this.zone.segmentAt(instant);
    spend(4);
    this.current = { segment, readings: readingsOf(segment, this.zone, this.schedule, this.rule) };
    return this.current;
  }
}
