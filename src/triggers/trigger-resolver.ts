import { Injectable } from '@nestjs/common';
import { TooCostlyError, withBudget } from '../domain/budget.js';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Task } from '../domain/task.js';
import { isEventTrigger } from '../domain/event.js';
import type { Trigger } from '../domain/trigger.js';
import { messageOf } from '../domain/thrown.js';
import { BoundedTimetable } from './bounded-timetable.js';
import { budgeted, BudgetedTimetable, MOST_STEPS } from './budgeted-timetable.js';
import { CheckedTimetable } from './checked-timetable.js';
import { eventFilter } from './event-filter.js';
import { MergedTimetable } from './merged-timetable.js';
import { localReading, type LocalReading } from './local-reading.js';
import { TimetableFault } from './timetable-fault.js';
import { TriggerFault, type LeftOut, type PlannedRun, type Timetable, type TriggerContext } from './trigger-type.js';
import { TriggerTypes } from './trigger-types.js';
import { Zone } from './zone.js';

/** Stands for the task that a previewed trigger does not have yet. */
const PREVIEW_SEED = 'preview';

/** A preview asks its timetable more than one question. */
const MOST_PREVIEW_STEPS = 50_000;

/** How far ahead a preview tells what calendars leave out. */
const LEFT_OUT_MS = 366 * 86_400_000;

/** A coming occurrence, with what the clocks of the trigger's zone show at its nominal instant and at its start. */
export interface PreviewedRun extends PlannedRun, Partial<LocalReading> {
  localDueAt?: string;
}

/** What a trigger does. */
export interface Preview {
  runs: PreviewedRun[];
  /** What calendars leave out of the occurrences before the last of the runs, within a year at most. */
  leftOut: LeftOut[];
  description: string;
}

/** Answers when tasks are due, from their triggers alone. */
@Injectable()
export class TriggerResolver {
  constructor(private readonly types = new TriggerTypes()) {}

  /** Whether this instance can tell when the task is due; a host application may not have registered every type. */
  knows(task: Pick<Task, 'definition'>): boolean {
    return task.definition.triggers.every(({ type }) => this.types.knows(type));
  }

  /** @throws UnknownTriggerTypeError when a trigger of the task is of a type that is not registered on this instance */
  demandTypes(task: Pick<Task, 'definition'>): void {
    for (const trigger of task.definition.triggers) this.types.of(trigger);
  }

  /**
   * The task's first occurrence after `after` (epoch ms), or null when none is to come. An instant that lies before
   * the task's `since` counts only where it was asked for by name (`once`).
   */
  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }

  /** The task's occurrences by time, those of several triggers merged: what is due together is one occurrence. */
  timetableOf(task: Pick<Task, 'id' | 'definition' | 'createdAt' | 'since' | 'unreadable'>): Timetable {
    if (task.unreadable !== undefined) throw new TimetableFault(task.unreadable);
    const { triggers } = task.definition;
    const table = budgeted(() => this.resolveTriggerConflicts(triggers, task));
    return isCheap(triggers) ? this.bounded(table, task) : new BudgetedTimetable(this.bounded(table, task));
  }

  private bounded(table: Timetable, { definition: { startAt, endAt } }: Pick<Task, 'definition'>): Timetable {
    if (startAt === undefined && endAt === undefined) return table;
    const from = startAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(startAt);
    return new BoundedTimetable(table, from, endAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endAt));
  }

  /** Several triggers as one timetable, in which instants that coincide are one occurrence. */
  resolveTriggerConflicts(triggers: readonly Trigger[], task: Pick<Task, 'id' | 'createdAt' | 'since'>): Timetable {
    const context = { createdAt: task.createdAt, seed: task.id };
    const tables = triggers.flatMap((trigger) => {
      const table = this.timetable(trigger, context);
      return table ? [{ table, from: trigger.type === 'once' ? Number.NEGATIVE_INFINITY : task.since }] : [];
    });
    return new MergedTimetable(tables);
  }

  /**
   * Those of the tasks that the event starts: active, with a trigger of its type whose filter it matches. One whose filter
   * fails is not among them, and is told to `failed`.
   */
  evaluateEventTriggers(
    event: ReceivedEvent,
    tasks: readonly Task[],
    failed: (task: Task, error: unknown) => void = () => undefined,
  ): Task[] {
    return tasks.filter((task) => {
      try {
        return isStartedBy(event, task);
      } catch (error) {
        failed(task, error);
        return false;
      }
    });
  }

  /**
   * Triggers as they were sent, each checked by its type: as they will be stored, or what is wrong with them, with
   * pointers into the list. `createdAt` (epoch ms) is the task's.
   */
  check(inputs: readonly unknown[], createdAt: number): { triggers: Trigger[]; faults: Fault[] } {
    // As much as the timetable of the task may take when it is made; that one is made of all of its triggers.
    const results = withBudget(MOST_STEPS, 'To check it', () => inputs.map((input) => this.checkOne(input, createdAt)));
    return {
      triggers: results.flatMap((result) => ('trigger' in result ? [result.trigger] : [])),
      faults: results.flatMap((result, index) =>
        'faults' in result ? result.faults.map((fault) => ({ ...fault, pointer: `/${index}${fault.pointer}` })) : [],
      ),
    };
  }

  /**
   * The first `count` instants of a trigger after `from` (epoch ms), and its description. `within` says what calendars
   * make of its timetable. @throws InvalidInputError
   */
  preview(input: unknown, from: number, count: number, within = (table: Timetable): Timetable => table): Preview {
    try {
      return withBudget(MOST_PREVIEW_STEPS, 'To preview it', () => this.previewed(input, from, count, within));
    } catch (error) {
      if (!(error instanceof TooCostlyError)) throw error;
      throw new InvalidInputError([{ pointer: '', detail: `${error.message} Ask for fewer occurrences.` }]);
    }
  }

  private previewed(input: unknown, from: number, count: number, within: (table: Timetable) => Timetable): Preview {
    const result = this.checkOne(input, from);
    if ('faults' in result) throw new InvalidInputError(result.faults);
    const { trigger } = result;
    const type = this.types.of(trigger);
    const own = this.timetable(trigger, { createdAt: from, seed: PREVIEW_SEED });
    const table = own && within(own);
    const runs = table ? upcomingChecked(table, from, count) : [];
    const until = Math.min(runs.at(-1)?.at ?? Infinity, from + LEFT_OUT_MS);
    const zone = type.timeZone && Zone.of(type.timeZone(trigger));
    return {
      runs: zone ? runs.map((run) => withLocalTimes(run, zone)) : runs,
      leftOut: table?.leftOut?.(from, until) ?? [],
      description: type.describe(trigger),
    };
  }

  private checkOne(input: unknown, createdAt: number): { trigger: Trigger } | { faults: Fault[] } {
    const result = this.types.check(input);
    if ('faults' in result) return result;
    try {
      this.timetable(result.trigger, { createdAt, seed: PREVIEW_SEED });
      return result;
    } catch (error) {
      if (error instanceof TriggerFault) return { faults: [{ pointer: error.pointer, detail: error.message }] };
      if (error instanceof TimetableFault || error instanceof TooCostlyError)
        return { faults: [{ pointer: '', detail: error.message }] };
      throw error;
    }
  }

  private timetable(trigger: Trigger, context: TriggerContext): Timetable | null {
    const type = this.types.of(trigger);
    if (this.types.isBuiltIn(type.type)) return type.timetable(trigger, context);
    const table = ofHost(type.type, () => type.timetable(trigger, context));
    return table ? new CheckedTimetable(table, type.type) : null;
  }
}

/** Whether no question to these triggers takes more than some tens of microseconds, whatever they hold. */
const isCheap = (triggers: readonly Trigger[]): boolean =>
  triggers.filter(({ type }) => !CHEAP.has(type)).length === 0 && triggers.filter(isTimed).length <= 1;

const CHEAP: ReadonlySet<string> = new Set(['cron', 'interval', 'once', 'event', 'manual']);
const isTimed = ({ type }: Trigger): boolean => type !== 'event' && type !== 'manual';

function isStartedBy(event: ReceivedEvent, { state, definition }: Task): boolean {
  return (
    state === 'active' &&
    definition.triggers.some(
      (trigger) =>
        isEventTrigger(trigger) &&
        trigger.event === event.type &&
        (!trigger.filter || eventFilter(trigger.filter)(event)),
    )
  );
}

/** What code of the host application answers. @throws TriggerFault as it is, TimetableFault for whatever else it throws */
function ofHost<Answer>(type: string, ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TriggerFault) throw error;
    throw new TimetableFault(`The trigger type ${JSON.stringify(type)}: timetable() threw: ${messageOf(error, 500)}`);
  }
}

/** As `upcoming`, for a trigger that somebody asks about. @throws InvalidInputError when its timetable fails */
function upcomingChecked(table: Timetable, from: number, count: number): PlannedRun[] {
  try {
    return upcoming(table, from, count);
  } catch (error) {
    if (error instanceof TimetableFault) throw new InvalidInputError([{ pointer: '', detail: error.message }]);
    throw error;
  }
}

const withLocalTimes = (run: PlannedRun, zone: Zone): PreviewedRun => ({
  ...run,
  ...localReading(zone, run.at),
  ...(run.dueAt !== undefined && { localDueAt: localReading(zone, run.dueAt).local }),
});

/** The first `count` instants of a timetable after `from` (epoch ms). */
export function upcoming(table: Timetable, from: number, count: number): PlannedRun[] {
  const runs: PlannedRun[] = [];
  for (let next = table.next(from); next && runs.length < count; next = table.next(next.at)) runs.push(next);
  return runs;
}
