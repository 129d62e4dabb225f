import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Occurrence, Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { dueAtOf } from '../scheduling/planning/spread.js';
import type { OpenWindow } from './open-windows.js';
import type { Timetable } from '../triggers/trigger-type.js';

/** A task's occurrences by its triggers alone (`raw`), and with its window and its calendars applied (`full`). */
export interface Tables {
  raw: Timetable;
  full: Timetable;
}

/** Known facts around an instant `at` (epoch ms); `runs` and `entries` are the nearest ones. */
export interface Known {
  task: Task;
  at: number;
  runs: readonly Run[];
  entries: readonly LedgerEntry[];
  /** Null when a trigger type is not registered on this instance. */
  tables: Tables | null;
  /** What is open now of the windows of its triggers, where the question is about now or later. */
  windows: readonly OpenWindow[];
}

/**
 * The subject of an explanation: a run, an occurrence of a stretch that did not run, an upcoming or overdue occurrence,
 * a window of events, or an instant that the triggers name but that has nothing. `at` is its nominal time.
 */
export type Subject =
  | { kind: 'run'; at: number; run: Run }
  | { kind: 'entry'; at: number; entry: LedgerEntry }
  | { kind: 'planned'; at: number; dueAt: number }
  | { kind: 'window'; at: number; window: OpenWindow }
  | { kind: 'absent'; at: number };

/** Between equally near subjects, the more certain one wins. */
const RANK: Record<Subject['kind'], number> = { run: 0, entry: 1, planned: 2, window: 3, absent: 4 };

/** The subject nearest to the instant; null when the task has no occurrence at all. */
export function nearest(known: Known): Subject | null {
  // Beside a window that is open, what is over tells nothing of now.
  const isOver = (run: Run) => known.windows.length > 0 && run.finishedAt !== null;
  const entries = known.windows.length > 0 ? [] : known.entries;
  const subjects: Subject[] = [
    ...known.runs.filter((run) => !isOver(run)).map((run) => ({ kind: 'run' as const, at: run.scheduledFor, run })),
    ...entries.map((entry) => ({ kind: 'entry' as const, at: nearestOf(entry, known), entry })),
    ...planned(known),
    ...known.windows.map((window) => ({ kind: 'window' as const, at: window.until, window })),
    ...named(known),
  ];
  const distance = ({ at }: Subject) => Math.abs(at - known.at);
  const order = (a: Subject, b: Subject) =>
    distance(a) - distance(b) || a.at - b.at || RANK[a.kind] - RANK[b.kind] || lengthOf(a) - lengthOf(b);
  return subjects.sort(order)[0] ?? null;
}

/**
 * The task's first occurrence that is not yet decided; null when there is none, or the task is paused without an end.
 */
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

/** Whether the task reaches an instant after its first one within its number of runs. */
const isToCome = (instant: number, { scheduledFor }: Occurrence, task: Task, full: Timetable): boolean => {
  if (instant <= scheduledFor) return false;
  const left = runsLeft(task);
  return left === Number.POSITIVE_INFINITY || 1 + full.count(scheduledFor, instant) <= left;
};

const named = ({ at, tables }: Known): Subject[] =>
  tables ? around(tables.raw, at).map((instant) => ({ kind: 'absent', at: instant })) : [];

/** The nearest instant of the stretch: an instant of the triggers if they have one inside, otherwise an end. */
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
