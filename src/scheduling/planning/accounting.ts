import type { LedgerEntry } from '../../domain/ledger.js';
import type { Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import { runsLeft } from './claim-planner.js';
import { firstDueAfter } from './spread.js';
import { resumedTask } from './task-changes.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import type { Timetable } from '../../triggers/trigger-type.js';
import { leftOut, toldUntil } from './left-out.js';

/** A changed task, and the ledger entries for the occurrences that the change leaves behind without a run. */
export interface Accounted {
  task: Task;
  ledger: LedgerEntry[];
}

/**
 * Accounts for a task's occurrences in a change from `before` to `after` at the instant `now` (epoch ms); `old` and
 * `renewed` give the timetables before and after. Up to some instant the old definition decides, and from there on the
 * new one. The ledger gets a stretch for each reason, however long the time.
 */
export function accounted(
  before: Task,
  after: Task,
  old: TaskTimetables,
  renewed: TaskTimetables,
  now: number,
): Accounted {
  const table = tableOf(before, old);
  const first = firstOpen(before, table, now);
  // Revoked claims may have told of instants after their own; the new definition decides about those.
  const toldAhead = toldUntil(before, table);
  const told = Math.min(toldAhead, Math.max(before.toldUntil, passedFor(after, renewed, first, now)));
  return accountedFrom(before, withToldSkips(after, before, { after: told, until: toldAhead }), {
    table,
    first,
    told,
    renewed,
    now,
  });
}

interface Place {
  /** The timetable before the change, the first occurrence that is open in it, and up to where the ledger tells of it. */
  table: Timetable;
  first: number;
  told: number;
  renewed: TaskTimetables;
  now: number;
}

function accountedFrom(before: Task, after: Task, { table, first, told, renewed, now }: Place): Accounted {
  if (after.state === 'paused' && before.state !== 'paused') {
    // What passes from here on is accounted for when the pause ends.
    return { task: { ...after, since: Math.min(after.since, first - 1), toldUntil: told }, ledger: [] };
  }
  const paused = after.state === 'paused';
  const task = paused ? { ...after, since: endOfOld(before, after, renewed, now) } : after;
  const isRebased = task.since !== before.since;
  const until = isRebased ? task.since : Math.min(now, (task.next?.scheduledFor ?? Number.POSITIVE_INFINITY) - 1);
  const kept = isRebased ? keptOf(renewed.timetableOf(task), table, first, until) : [];
  const ledger = runsLeft(before) > 0 ? leftOut(before, table, told, until) : [];
  return {
    task: { ...task, toldUntil: Math.max(told, until) },
    ledger: [...ledger, ...passed(before, table, { first, until, kept })],
  };
}

/** Up to where the old definition decides: before its first open occurrence, and before any of the new one to come. */
function passedFor(after: Task, renewed: TaskTimetables, first: number, now: number): number {
  if (first - 1 <= now || after.state === 'paused') return first - 1;
  const coming = renewed.timetableOf(after).next(now);
  return Math.min(first, coming?.at ?? first) - 1;
}

/** The changed task, with notes at those skips of which revoked claims have told ahead of their time. */
function withToldSkips(changed: Task, before: Task, { after, until }: { after: number; until: number }): Task {
  if (changed.skips === undefined || until <= after) return changed;
  const isTold = ({ at }: Skip) => at > after && at <= until && before.skips?.some((skip) => skip.at === at);
  return { ...changed, skips: changed.skips.map((skip) => (isTold(skip) ? { isTold: true as const, ...skip } : skip)) };
}

/** What has passed of the task by `now` (epoch ms) and will be in the ledger with its next claim or change. */
export function untold(task: Task, timetables: TaskTimetables, now: number): LedgerEntry[] {
  if (task.state !== 'paused') {
    const table = tableOf(task, timetables);
    return runsLeft(task) > 0 ? leftOut(task, table, toldUntil(task, table), now) : [];
  }
  const end = Math.max(task.since, Math.min(now, (task.pausedUntil ?? Number.POSITIVE_INFINITY) - 1));
  return accounted(task, resumedTask(task, timetables, now, end), timetables, timetables, now).ledger;
}

/** The task's occurrences, including those from before a pause that no entry tells of yet. */
const tableOf = (task: Task, timetables: TaskTimetables): Timetable =>
  timetables.timetableOf({ ...task, since: Math.min(task.since, task.toldUntil) });

/** The first occurrence that has neither a run nor an entry in the ledger; infinite when none is open. */
function firstOpen(task: Task, table: Timetable, now: number): number {
  if (task.state === 'paused') {
    return runsLeft(task) > 0 ? (table.next(task.since)?.at ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }
  // The change revokes what was claimed ahead of its time.
  const isArmed = task.claimedUntil !== null && task.claimedUntil > now;
  const armed = isArmed ? firstDueAfter(task, table, now)?.at : undefined;
  return Math.min(task.next?.scheduledFor ?? Number.POSITIVE_INFINITY, armed ?? Number.POSITIVE_INFINITY);
}

/**
 * The end of the old definition of a paused task: the new one decides from the first occurrence on that will still be
 * due after the pause.
 */
function endOfOld(before: Task, after: Task, renewed: TaskTimetables, now: number): number {
  const due = renewed.timetableOf({ ...after, since: now }).next(before.since);
  return due && due.at <= now ? due.at - 1 : now;
}

/** The instants from `first` to `until` that both tables have. The new one has few there: those that triggers name. */
function keptOf(renewed: Timetable, old: Timetable, first: number, until: number): number[] {
  const kept: number[] = [];
  if (first > until) return kept;
  for (let next = renewed.next(first - 1); next && next.at <= until; next = renewed.next(next.at)) {
    if (next.at === first || old.next(next.at - 1)?.at === next.at) kept.push(next.at);
  }
  return kept;
}

interface Passed {
  first: number;
  until: number;
  /** Instants in the stretch that are due all the same. */
  kept: readonly number[];
}

function passed(task: Task, table: Timetable, { first, until, kept }: Passed): LedgerEntry[] {
  if (first > until) return [];
  // After a change, `first` itself may no longer be in the timetable; it counts all the same.
  const count = 1 + table.count(first, until) - kept.length;
  if (count <= 0) return [];
  let from = first;
  while (kept.includes(from)) from = table.next(from)!.at;
  let to = Math.max(first, table.previous(until + 1)?.at ?? first);
  while (kept.includes(to)) to = Math.max(first, table.previous(to)?.at ?? first);
  const reason = task.state === 'paused' ? `the task was paused: ${task.pausedReason}` : 'the task was changed';
  const { organization, id: taskId } = task;
  return [{ organization, taskId, from, to, count, outcome: 'skipped', reason }];
}
