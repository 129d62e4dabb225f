import type { LedgerEntry } from '../../domain/ledger.js';
import type { Task } from '../../domain/task.js';
import { lastDueBefore } from './spread.js';
import type { Timetable } from '../../triggers/trigger-type.js';

/**
 * The instant (epoch ms) up to which the ledger tells what calendars excluded: each claim and each change moves it on.
 */
export function toldUntil(task: Task, timetable: Timetable): number {
  if (task.state === 'paused') return task.toldUntil;
  const claimed = task.next ? timetable.previous(task.next.scheduledFor) : lastClaimed(task, timetable);
  return Math.max(task.toldUntil, claimed?.at ?? Number.NEGATIVE_INFINITY);
}

const BY_CALENDAR = 'calendar ';

/** Whether a calendar excluded the entry's occurrences: between them there may be others, which ran or did not. */
export const isLeftOut = ({ reason }: Pick<LedgerEntry, 'reason'>): boolean => reason.startsWith(BY_CALENDAR);

/** What calendars excluded of the task in (after, until], as entries of the ledger. */
export function leftOut(task: Task, timetable: Timetable, after: number, until: number): LedgerEntry[] {
  if (!timetable.leftOut || until <= after) return [];
  const { organization, id: taskId } = task;
  return timetable.leftOut(after, until).map(({ from, to, count, calendar, outcome }) => ({
    ...{ organization, taskId, from, to, count, outcome },
    reason: `${BY_CALENDAR}${calendar}`,
  }));
}

const lastClaimed = (task: Task, timetable: Timetable) =>
  task.claimedUntil === null ? null : lastDueBefore(task, timetable, task.claimedUntil + 1);
