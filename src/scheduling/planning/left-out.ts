import { BY_SKIP, skipInWords, type Skip } from '../../domain/skip.js';
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

/** Whether somebody has skipped the entry's one occurrence. */
export const isSkip = ({ reason }: Pick<LedgerEntry, 'reason'>): boolean => reason.startsWith(BY_SKIP);

/** What calendars excluded, and what was skipped, of the task in (after, until], as entries of the ledger. */
export function leftOut(task: Task, timetable: Timetable, after: number, until: number): LedgerEntry[] {
  if (until <= after || (!timetable.leftOut && !timetable.skipped)) return [];
  const { organization, id: taskId } = task;
  const byCalendars = (timetable.leftOut?.(after, until) ?? []).map(({ from, to, count, calendar, outcome }) => ({
    ...{ organization, taskId, from, to, count, outcome },
    reason: `${BY_CALENDAR}${calendar}`,
  }));
  const skips = (timetable.skipped?.(after, until) ?? []).filter(({ isTold }) => !isTold);
  return [...byCalendars, ...skips.map((skip) => entryOfSkip(task, skip))];
}

/** What the ledger tells, or is going to tell, of a skipped occurrence. */
export const entryOfSkip = (
  { organization, id: taskId }: Pick<Task, 'organization' | 'id'>,
  skip: Skip,
): LedgerEntry => ({
  ...{ organization, taskId, from: skip.at, to: skip.at, count: 1, outcome: 'skipped' },
  reason: skipInWords(skip),
});

const lastClaimed = (task: Task, timetable: Timetable) =>
  task.claimedUntil === null ? null : lastDueBefore(task, timetable, task.claimedUntil + 1);
