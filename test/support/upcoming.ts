import type { PlannedRun, Timetable } from '../../src/triggers/trigger-type.js';

/** The first `count` instants of a timetable after `from` (epoch ms). */
export function upcoming(table: Timetable, from: number, count: number): PlannedRun[] {
  const runs: PlannedRun[] = [];
  for (let next = table.next(from); next && runs.length < count; next = table.next(next.at)) runs.push(next);
  return runs;
}
