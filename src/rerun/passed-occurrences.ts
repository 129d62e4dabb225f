import type { Task } from '../domain/task.js';
import type { Timetable } from '../triggers/trigger-type.js';

/**
 * The instants from `from` (inclusive) to `before` (exclusive): at most one more than `most`, to show that there are
 * more.
 */
export function occurrencesBetween(timetable: Timetable, from: number, before: number, most: number): number[] {
  const found: number[] = [];
  for (let next = timetable.next(from - 1); next && next.at < before; next = timetable.next(next.at)) {
    found.push(next.at);
    if (found.length > most) break;
  }
  return found;
}

/** The instant (epoch ms) before which the task's occurrences were decided about; later ones are still to come. */
export function hadTheirTurnBefore({ state, next, pausedUntil }: Task, now: number): number {
  const resumes = state === 'paused' ? pausedUntil : null;
  return Math.min(now + 1, next?.scheduledFor ?? Number.POSITIVE_INFINITY, resumes ?? Number.POSITIVE_INFINITY);
}
