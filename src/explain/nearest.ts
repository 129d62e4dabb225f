import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Occurrence, Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/claim-planner.js';
import { dueAtOf } from '../scheduling/spread.js';
import type { Timetable } from '../triggers/trigger-type.js';

/** A task's occurrences as its triggers alone tell them, and what its window and its calendars leave of them. */
export interface Tables {
  raw: Timetable;
  full: Timetable;
}

/** What is known about the surroundings of an instant `at` (epoch ms); `runs` and `entries` are the nearest of theirs. */
export interface Known {
  task: Task;
  at: number;
  runs: readonly Run[];
  entries: readonly LedgerEntry[];
  /** Null where a trigger's type is not registered on this instance. */
  tables: Tables | null;
}

/**
 * What there is to explain: a run, an occurrence of a stretch that did not run, one that is to come or overdue, or an
 * instant that the triggers name and for which there is nothing. `at` is its nominal time.
 */
export type Subject =
  | { kind: 'run'; at: number; run: Run }
  | { kind: 'entry'; at: number; entry: LedgerEntry }
  | { kind: 'planned'; at: number; dueAt: number }
  | { kind: 'absent'; at: number };

/** Of what is equally near, the more certain. */
const RANK: Record<Subject['kind'], number> = { run: 0, entry: 1, planned: 2, absent: 3 };

/** What is nearest to the instant; null when the task knows no occurrence at all. */
export function nearest(known: Known): Subject | null {
  const subjects: Subject[] = [
    ...known.runs.map((run) => ({ kind: 'run' as const, at: run.scheduledFor, run })),
    ...known.entries.map((entry) => ({ kind: 'entry' as const, at: nearestOf(entry, known), entry })),
    ...planned(known),
    ...named(known),
  ];
  const distance = ({ at }: Subject) => Math.abs(at - known.at);
  const order = (a: Subject, b: Subject) =>
    distance(a) - distance(b) || a.at - b.at || RANK[a.kind] - RANK[b.kind] || lengthOf(a) - lengthOf(b);
  return subjects.sort(order)[0] ?? null;
}

/** The first occurrence of the task that is not decided about yet; null when none is to come by itself. */
export function firstToCome(task: Task, tables: Tables | null): Occurrence | null {
  if (task.next !== null || task.pausedUntil === null || !tables || runsLeft(task) <= 0) return task.next;
  const first = tables.full.next(task.pausedUntil - 1);
  return first && { scheduledFor: first.at, dueAt: dueAtOf(task, tables.full, first) };
}

function planned({ task, at, tables }: Known): Subject[] {
  const first = firstToCome(task, tables);
  if (!first) return [];
  const found = tables ? around(tables.full, at).filter((instant) => isToCome(instant, first, task, tables.full)) : [];
  return [
    { kind: 'planned', at: first.scheduledFor, dueAt: first.dueAt },
    ...found.map((instant) => ({
      kind: 'planned' as const,
      at: instant,
      dueAt: dueAtOf(task, tables!.full, { at: instant }),
    })),
  ];
}

/** Whether the task gets to an instant after its first one within its number of runs. */
const isToCome = (instant: number, { scheduledFor }: Occurrence, task: Task, full: Timetable): boolean => {
  if (instant <= scheduledFor) return false;
  const left = runsLeft(task);
  return left === Number.POSITIVE_INFINITY || 1 + full.count(scheduledFor, instant) <= left;
};

const named = ({ at, tables }: Known): Subject[] =>
  tables ? around(tables.raw, at).map((instant) => ({ kind: 'absent', at: instant })) : [];

/** The instant of the stretch that is nearest: one of the triggers where they still have any in it. */
function nearestOf({ from, to }: LedgerEntry, { at, tables }: Known): number {
  const inside = Math.min(to, Math.max(from, at));
  const instants = tables ? around(tables.raw, inside).filter((instant) => instant >= from && instant <= to) : [];
  const ends = [from, to];
  return [...instants, ...(instants.length > 0 ? [] : ends)].sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0]!;
}

/** The last instant up to `at` and the first one after it. */
const around = (table: Timetable, at: number): number[] =>
  [table.previous(at + 1), table.next(at)].flatMap((found) => found?.at ?? []);

/** A short stretch says more about an instant than a long one. */
const lengthOf = (subject: Subject): number => (subject.kind === 'entry' ? subject.entry.to - subject.entry.from : 0);
