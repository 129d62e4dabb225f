import { bucketOf } from '../../domain/ids.js';
import type { Task } from '../../domain/task.js';
import type { PlannedRun, Timetable } from '../../triggers/trigger-type.js';

type Spread = Pick<Task, 'id'> & { definition: Pick<Task['definition'], 'spreadMs'> };

/** How much later than planned the task's occurrences are due, in milliseconds: always the same for one task. */
export const spreadOf = ({ id, definition: { spreadMs = 0 } }: Spread): number =>
  spreadMs > 0 ? bucketOf(id, spreadMs + 1) : 0;

/**
 * When a planned occurrence is due (epoch ms): where calendars have moved it, plus its spread, but before the next one.
 */
export function dueAtOf(task: Spread, timetable: Timetable, { at }: PlannedRun): number {
  const start = startOf(timetable, at);
  const spread = spreadOf(task);
  if (spread === 0) return start;
  const next = timetable.next(at);
  return next ? Math.min(start + spread, startOf(timetable, next.at) - 1) : start + spread;
}

/** The last planned occurrence that was due before `instant` (epoch ms). */
export function lastDueBefore(task: Spread, timetable: Timetable, instant: number): PlannedRun | null {
  const last = timetable.starts ? timetable.starts.lastBefore(instant) : timetable.previous(instant);
  // The previous occurrence was due before this one's start, and so before `instant`.
  return last && dueAtOf(task, timetable, last) >= instant ? timetable.previous(last.at) : last;
}

/** The first planned occurrence that is due after `instant` (epoch ms). */
export function firstDueAfter(task: Spread, timetable: Timetable, instant: number): PlannedRun | null {
  const last = lastDueBefore(task, timetable, instant + 1);
  return timetable.next(last ? last.at : Number.NEGATIVE_INFINITY);
}

const startOf = ({ starts }: Timetable, at: number): number => (starts ? starts.of(at) : at);
