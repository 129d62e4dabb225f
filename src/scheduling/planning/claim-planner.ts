import { occurrenceRunId } from '../../domain/ids.js';
import type { LedgerEntry, LedgerOutcome } from '../../domain/ledger.js';
import type { Occurrence, Task, TaskState } from '../../domain/task.js';
import type { PlannedRun, Timetable } from '../../triggers/trigger-type.js';
import { leftOut, toldUntil } from './left-out.js';
import { newRun } from './new-run.js';
import { dueAtOf, firstDueAfter, lastDueBefore } from './spread.js';
import type { Claim } from '../../domain/claim.js';

/**
 * The task's occurrence at a planned instant; null when there is none or the task has run as often as it may, `others`
 * included that are claimed with it.
 */
export function occurrenceOf(
  task: Task,
  timetable: Timetable,
  planned: PlannedRun | null,
  others = 0,
): Occurrence | null {
  if (!planned || runsLeft(task) <= others) return null;
  return { scheduledFor: planned.at, dueAt: dueAtOf(task, timetable, planned) };
}

/** How many more time-driven occurrences of the task may run. */
export const runsLeft = ({ definition: { maxRuns }, scheduledRuns }: Task): number =>
  maxRuns === undefined ? Number.POSITIVE_INFINITY : maxRuns - scheduledRuns;

/** The state of a task without a next occurrence: it is completed if nothing but time ever started it. */
export const stateWithout = (task: Task): TaskState =>
  task.definition.triggers.some(({ type }) => type === 'event' || type === 'manual') ? 'active' : 'completed';

/** What to do about a task's next occurrence: which instant runs, what is written off, and where to continue. */
interface Plan {
  /** The nominal time of the run, or null for none. */
  run: number | null;
  ledger: LedgerEntry[];
  /** The instant after which the task continues. */
  after: number;
}

/**
 * Plans the claim of the task's next occurrence, which is due or about to be. On time, the occurrence simply runs. Past
 * its grace, the misfire policy decides about the whole stretch of missed occurrences at once, however long it is.
 * `claimed` is the first nominal time that was claimed under an earlier definition, if there is one; that run goes on,
 * and the task moves past it. A task that has already run as often as it may, without having been counted so far, ends.
 */
export function planClaim(task: Task, timetable: Timetable, owner: string, now: number, claimed?: number): Claim {
  const { scheduledFor, dueAt } = task.next!;
  const plan = planNext(task, timetable, now, claimed);
  const next = occurrenceOf(task, timetable, timetable.next(plan.after), plan.run === null ? 0 : 1);
  return {
    organization: task.organization,
    taskId: task.id,
    generation: task.generation,
    scheduledFor,
    dueAt: plan.after === scheduledFor ? dueAt : dueAtOf(task, timetable, { at: plan.after }),
    run: plan.run === null ? null : runAt(task, timetable, plan.run, owner, now),
    ledger: [...leftOut(task, timetable, toldUntil(task, timetable), plan.after), ...plan.ledger],
    next,
    state: next ? 'active' : stateWithout(task),
  };
}

function planNext(task: Task, timetable: Timetable, now: number, claimed: number | undefined): Plan {
  const { scheduledFor, dueAt } = task.next!;
  if (runsLeft(task) <= 0) {
    const ledger = stretch(task, timetable)(scheduledFor, scheduledFor, 'skipped', 'maxRuns is reached');
    return { run: null, ledger, after: scheduledFor };
  }
  const late = claimed !== scheduledFor && now - dueAt > task.definition.misfire.graceMs;
  return late ? planMisfire(task, timetable, now, claimed) : { run: scheduledFor, ledger: [], after: scheduledFor };
}

/**
 * Plans the stretch from the next occurrence to the last one whose grace has passed. `fire-once` runs the last of the
 * stretch, `fire-all` the first one within the policy's count and age (further claims run the rest), `skip` none. The
 * stretch ends before `claimed`, which has a run.
 */
function planMisfire(task: Task, timetable: Timetable, now: number, claimed = Number.POSITIVE_INFINITY): Plan {
  const { policy, graceMs, maxAgeMs, maxCount } = task.definition.misfire;
  const first = task.next!.scheduledFor;
  const latest = lastDueBefore(task, timetable, now - graceMs)?.at ?? first;
  const goesOn = latest >= claimed;
  const last = Math.max(first, goesOn ? before(timetable, claimed, first) : latest);
  const tooOld = now - maxAgeMs;
  const entry = stretch(task, timetable);
  if (policy === 'skip')
    return { run: null, ledger: entry(first, last, 'missed', 'misfire policy "skip"'), after: last };
  if (dueAtOf(task, timetable, { at: last }) < tooOld)
    return { run: null, ledger: entry(first, last, 'missed', 'older than maxAgeMs'), after: last };
  if (policy === 'fire-once' && goesOn)
    return { run: null, ledger: entry(first, last, 'coalesced', 'misfire policy "fire-once"'), after: last };
  if (policy === 'fire-once') {
    const ledger =
      last > first ? entry(first, before(timetable, last, first), 'coalesced', 'misfire policy "fire-once"') : [];
    return { run: last, ledger, after: last };
  }
  const young =
    task.next!.dueAt >= tooOld ? first : Math.min(last, firstDueAfter(task, timetable, tooOld - 1)?.at ?? last);
  const oldest = Math.max(young, nthLast(timetable, young, last, maxCount));
  const ledger =
    oldest > first ? entry(first, before(timetable, oldest, first), 'missed', 'beyond maxCount or maxAgeMs') : [];
  return { run: oldest, ledger, after: oldest };
}

/** The occurrence `count` - 1 before `last`, but not before `first`. */
function nthLast(timetable: Timetable, first: number, last: number, count: number): number {
  // While a stretch is caught up, each claim comes here; counting spares all but the first claims the walk.
  if (timetable.count(first, last) < count) return first;
  let at = last;
  for (let i = 1; i < count && at > first; i++) at = before(timetable, at, first);
  return at;
}

/** The occurrence before `instant`, or `first`, which may no longer be in the timetable. */
const before = (timetable: Timetable, instant: number, first: number): number =>
  Math.max(first, timetable.previous(instant)?.at ?? first);

const stretch =
  (task: Task, timetable: Timetable) =>
  (from: number, to: number, outcome: LedgerOutcome, reason: string): LedgerEntry[] => {
    // After a change, `from` itself may no longer be in the timetable; it counts all the same.
    const count = 1 + timetable.count(from, to);
    return [{ organization: task.organization, taskId: task.id, from, to, count, outcome, reason }];
  };

const runAt = (task: Task, timetable: Timetable, scheduledFor: number, owner: string, now: number) =>
  newRun(task, {
    id: occurrenceRunId(task.id, scheduledFor),
    trigger: 'schedule',
    scheduledFor,
    dueAt: scheduledFor === task.next!.scheduledFor ? task.next!.dueAt : dueAtOf(task, timetable, { at: scheduledFor }),
    createdAt: now,
    owner,
  });
