import type { Timetable } from '../../src/triggers/trigger-type.js';

/**
 * A timetable of exactly these instants (epoch ms), written as plainly as possible: the reference for other timetables.
 */
export function listed(instants: readonly number[]): Timetable {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const planned = (at: number | undefined) => (at === undefined ? null : { at });
  return {
    next: (after) => planned(sorted.find((at) => at > after)),
    previous: (before) => planned(sorted.findLast((at) => at < before)),
    count: (after, until) => sorted.filter((at) => at > after && at <= until).length,
  };
}
