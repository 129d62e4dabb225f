import type { DstRule } from '../domain/trigger.js';
import type { LocalSchedule } from './local-schedule.js';
import type { Segment, Zone } from './zone.js';

/** A longer jump is a zone crossing the date line, not a clock change, and is not made up for (Vixie cron's limit). */
const LONGEST_CLOCK_CHANGE_MS = 3 * 3_600_000;

/** A stretch of time (epoch ms, `to` exclusive) in which a schedule is evaluated by a clock with this offset. */
export interface Reading {
  from: number;
  to: number;
  offset: number;
  /** Whether this reading makes up for times that a gap left out. */
  shifted: boolean;
}

/**
 * The clocks by which a schedule is evaluated during a segment: the zone's own, without those passes of a repeated
 * stretch that do not count, and after a gap the clock as if it had not changed. Making up ends with the segment.
 */
export function readingsOf(segment: Segment, zone: Zone, schedule: LocalSchedule, rule: DstRule): Reading[] {
  const { start, end, offset } = segment;
  const shift = clockChange(segment);
  const own: Reading = {
    from: rule.fold === 'first' && shift < 0 ? start - shift : start,
    to: rule.fold === 'second' ? end + Math.min(0, clockChange(zone.segmentAt(end))) : end,
    offset,
    shifted: false,
  };
  return shift > 0 ? [own, ...madeUp(segment, schedule, rule)] : [own];
}

/** How far the clocks go forward (or back) at the start of the segment, in ms; 0 for a jump across the date line. */
function clockChange({ offset, before }: Segment): number {
  const shift = offset - before;
  return Math.abs(shift) > LONGEST_CLOCK_CHANGE_MS ? 0 : shift;
}

function madeUp({ start, end, offset, before }: Segment, schedule: LocalSchedule, rule: DstRule): Reading[] {
  if (rule.gap === 'skip') return [];
  const shifted = { from: start, to: Math.min(end, start + offset - before), offset: before, shifted: true };
  if (rule.gap === 'shift') return [shifted];
  const leftOut = schedule.next(start + before);
  if (leftOut === null || leftOut >= start + offset || schedule.has(start + offset)) return [];
  // The clock that shows the first left-out time at the first instant after the gap.
  return [{ from: start, to: start + 1, offset: leftOut - start, shifted: true }];
}
