import type { Allowance } from '../domain/budget.js';
import { toIso } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { budgeted, budgetedBy } from '../triggers/budgeted-timetable.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import {
  changedTimes,
  clockChangesOf,
  isZoned,
  zoneNameOf,
  type ChangedTime,
  type ClockChange,
  type ZonedTrigger,
} from '../triggers/changed-times.js';
import { workedOut } from '../triggers/timetable-fault.js';
import { Zone } from '../triggers/zone.js';

/** How many tasks of a change are told, how many times of each of them, and how many times in all, about. */
export const MOST_TASKS_OF_CHANGE = 50;
export const MOST_TIMES_OF_TASK = 10;
const MOST_TIMES = 1000;
/** How many times of a trigger are looked at for those that calendars leave. */
const MOST_LOOKED = 100;

export const CHANGE_EFFECTS = ['shifted', 'skipped', 'once', 'twice'] as const;
export type ChangeEffect = (typeof CHANGE_EFFECTS)[number];

/** What becomes of a local time (as if it were UTC, epoch ms) of a task. */
export interface AffectedTime {
  local: number;
  effect: ChangeEffect;
  /** When it runs: once, twice, or not at all (epoch ms). */
  at: number[];
}

/** A task with times that a change leaves out or repeats. */
export interface AffectedTask {
  id: string;
  name: string;
  occurrences: AffectedTime[];
  /** Whether it has more than these. */
  more: boolean;
}

/** A change of the clocks of a zone. */
export interface ZoneChange extends ClockChange {
  zone: string;
  kind: 'gap' | 'fold';
  tasks: AffectedTask[];
  /** Whether more tasks are affected than are told. */
  truncated: boolean;
}

/** Gathers what the clock changes in (from, to) do to tasks, within so many steps for all of them. */
export const changesAhead = (from: number, to: number, steps: Allowance): ChangesAhead =>
  new ChangesAhead(from, to, steps);

class ChangesAhead {
  isAll = true;
  /** By the zone's name in small letters: names ignore case. */
  private readonly zones = new Map<string, ZoneChange[]>();
  private told = 0;

  constructor(
    private readonly from: number,
    private readonly to: number,
    private readonly steps: Allowance,
  ) {}

  /** Adds a task; yields between parts of the work. @throws StateConflictError where it cannot be told */
  *adding(task: Task, timetables: TaskTimetables): Generator<void, void> {
    if (!task.next) return;
    const isOpen = this.openness(task, timetables);
    for (const trigger of task.definition.triggers.filter(isZoned)) {
      yield;
      for (const change of this.part(() => this.changesOf(trigger))) {
        yield;
        if (this.part(() => isAfterLast(task, timetables, change.at))) continue;
        yield* this.addTimes(task, trigger, change, isOpen);
      }
    }
  }

  /** All changes, soonest first. */
  inOrder(): ZoneChange[] {
    const all = [...this.zones.values()].flat();
    return all.sort((a, b) => a.at - b.at || (a.zone < b.zone ? -1 : 1));
  }

  private changesOf(trigger: ZonedTrigger): ZoneChange[] {
    const name = zoneNameOf(trigger);
    const key = name.toLowerCase();
    let known = this.zones.get(key);
    if (!known) {
      known = clockChangesOf(Zone.of(name), this.from, this.to).map((change) => ({
        zone: name,
        ...change,
        kind: change.after > change.before ? ('gap' as const) : ('fold' as const),
        tasks: [],
        truncated: false,
      }));
      this.zones.set(key, known);
    }
    return known;
  }

  private *addTimes(
    task: Task,
    trigger: ZonedTrigger,
    change: ZoneChange,
    isOpen: (at: number) => boolean,
  ): Generator<void, void> {
    const times = this.part(() => changedTimes(trigger, { createdAt: task.createdAt, seed: task.id }, change));
    for (let looked = 0; ; looked++) {
      const { done, value } = this.part(() => times.next());
      if (done) return;
      yield;
      const affected = this.part(() => affectedTime(value, change, isOpen));
      if (affected && !this.tell(task, change, affected)) return;
      if (looked < MOST_LOOKED) continue;
      this.leaveOut(change);
      return;
    }
  }

  /** False where no more of the task is told. */
  private tell({ id, definition: { name } }: Task, change: ZoneChange, time: AffectedTime): boolean {
    let told = change.tasks.at(-1);
    if (told?.id !== id) {
      const isFull = change.tasks.length === MOST_TASKS_OF_CHANGE || this.told >= MOST_TIMES;
      if (isFull) return this.leaveOut(change);
      change.tasks.push((told = { id, name, occurrences: [], more: false }));
    }
    if (told.occurrences.some(({ local }) => local === time.local)) return true;
    told.more = told.occurrences.length === MOST_TIMES_OF_TASK;
    if (told.more) return false;
    told.occurrences.push(time);
    told.occurrences.sort((a, b) => a.local - b.local);
    this.told++;
    return true;
  }

  private leaveOut(change: ZoneChange): false {
    this.isAll = false;
    change.truncated = true;
    return false;
  }

  /** Whether an instant is within the task's window, and neither skipped nor taken out by its calendars. */
  private openness(task: Task, timetables: TaskTimetables): (at: number) => boolean {
    const { skips, definition } = task;
    const { calendars, startAt, endAt } = definition;
    if ([skips, calendars, startAt, endAt].every((limit) => limit === undefined)) return () => true;
    return (at) => {
      const triggers = [{ type: 'once' as const, at: toIso(at) }];
      return timetables.timetableOf({ ...task, definition: { ...definition, triggers } }).next(at - 1)?.at === at;
    };
  }

  private part<Answer>(work: () => Answer): Answer {
    return workedOut(() => budgetedBy(this.steps, () => budgeted(work)));
  }
}

/** Whether the task has no run left for what comes at this time. */
function isAfterLast(task: Task, timetables: TaskTimetables, at: number): boolean {
  if (task.definition.maxRuns === undefined) return false;
  return timetables.timetableOf(task).count(task.next!.scheduledFor - 1, at - 1) >= runsLeft(task);
}

/** What becomes of a time of the task; null where it would not have run anyway. */
function affectedTime(
  { local, meant, fires }: ChangedTime,
  { kind }: ZoneChange,
  isOpen: (at: number) => boolean,
): AffectedTime | null {
  const at = fires.filter(isOpen);
  const isFold = kind === 'fold';
  if (at.length > 0) return { local, effect: isFold ? (at.length > 1 ? 'twice' : 'once') : 'shifted', at };
  return isFold || !meant.some(isOpen) ? null : { local, effect: 'skipped', at };
}
