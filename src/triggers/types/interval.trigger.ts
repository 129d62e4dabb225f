import { intervalTriggerSchema, type IntervalTrigger } from '../../domain/trigger.js';
import type { PlannedRun, Timetable, TriggerType } from '../trigger-type.js';

/** The series anchor + n × every, for all whole n; because of the anchor it cannot drift. */
class Series implements Timetable {
  constructor(
    private readonly anchor: number,
    private readonly every: number,
  ) {}

  next(after: number): PlannedRun {
    return { at: this.anchor + (this.indexAt(after) + 1) * this.every };
  }

  previous(before: number): PlannedRun {
    return { at: this.anchor + this.indexAt(before - 1) * this.every };
  }

  count(after: number, until: number): number {
    return Math.max(0, this.indexAt(until) - this.indexAt(after));
  }

  /** The index of the last occurrence at or before `instant`. */
  private indexAt(instant: number): number {
    return Math.floor((instant - this.anchor) / this.every);
  }
}

/** A fixed distance between occurrences. */
export const intervalTriggerType: TriggerType<IntervalTrigger> = {
  type: 'interval',
  schema: intervalTriggerSchema,
  timetable: ({ everyMs, anchorAt }, { createdAt }) => new Series(anchorAt ? Date.parse(anchorAt) : createdAt, everyMs),
  describe: ({ everyMs, anchorAt }) =>
    `Every ${inWords(everyMs)}${anchorAt ? `, counted from ${new Date(anchorAt).toISOString()}` : ''}`,
};

const UNITS: [number, string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
  [1, 'millisecond'],
];

function inWords(ms: number): string {
  const [size, unit] = UNITS.find(([candidate]) => ms % candidate === 0)!;
  const count = ms / size;
  return count === 1 ? unit : `${count} ${unit}s`;
}
