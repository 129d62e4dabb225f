import type { Task } from '../../domain/task.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import { isRepeated } from '../../triggers/trigger-resolver.js';
import { occurrenceOf } from './claim-planner.js';
import { revoked } from './task-changes.js';

/**
 * The task after the clock was set back by `stepMs` to `now` (epoch ms): its intervals go on from now, each instant that
 * had run a millisecond later than then, under an identity of its own. What was due by `former`, which the former clock
 * showed when it was set, has begun. The task itself where nothing of it would be silent.
 */
export function repeatingTask(
  task: Task,
  timetables: TaskTimetables,
  now: number,
  stepMs: number,
  former = now + stepMs,
): Task {
  const { state, next, repeats } = task;
  if (state !== 'active' || next === null || next.scheduledFor <= now) return task;
  const byMs = repeats && repeats.until > now ? repeats.byMs + 1 : 1;
  if (!task.definition.triggers.some((trigger) => isRepeated(trigger, stepMs, byMs))) return task;
  const until = Math.max(next.scheduledFor - 1, repeats?.until ?? 0);
  // By the former clock: what was armed then is taken back, and nothing that has begun.
  const free = revoked(task, timetables, former);
  const again: Task = {
    ...free,
    // Before now: whatever runs have later instants had begun by the former clock, and are counted.
    claimedUntil: free.claimedUntil === null ? null : Math.min(free.claimedUntil, now - 1),
    since: Math.min(task.since, now),
    repeats: { after: now, until, byMs },
    generation: task.generation + 1,
    updatedAt: now,
  };
  const timetable = timetables.timetableOf(again);
  const first = occurrenceOf(again, timetable, timetable.next(now));
  // Where calendars or the window leave nothing earlier, the task stays as it is.
  return first === null || first.scheduledFor >= next.scheduledFor ? task : { ...again, next: first };
}
