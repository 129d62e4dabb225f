import { toIso } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import { spreadOf } from '../scheduling/planning/spread.js';
import type { Evidence } from './explanation.js';
import type { Tables } from './nearest.js';
import { duration } from './words.js';

/** Why an occurrence starts later than its nominal time `at`: a calendar or the spread; null when it does not. */
export function movedStart(at: number, dueAt: number, task: Task, tables: Tables | null): Evidence | null {
  if (dueAt <= at) return null;
  const data = { scheduledFor: toIso(at), dueAt: toIso(dueAt) };
  const planned = tables?.full.next(at - 1);
  if (planned?.at === at && planned.calendar !== undefined) {
    const detail = `The calendar "${planned.calendar}" moved its start to ${toIso(dueAt)}.`;
    return { type: 'calendar', detail, data: { ...data, calendar: planned.calendar } };
  }
  const spread = spreadOf(task);
  const by = spread > 0 ? 'The spread of the task' : 'A spread or a calendar of then';
  const detail = `${by} moved its start by ${duration(dueAt - at)}, to ${toIso(dueAt)}.`;
  return { type: 'policy', detail, data: { ...data, ...(spread > 0 && { spreadMs: spread }) } };
}
