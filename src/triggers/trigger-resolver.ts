import { Injectable } from '@nestjs/common';
import { Allowance, TooCostlyError, withBudget } from '../domain/budget.js';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Task } from '../domain/task.js';
import { awaitedBy, isEventTrigger } from '../domain/event.js';
import type { EventTrigger, Trigger } from '../domain/trigger.js';
import { isEnd } from '../domain/chain.js';
import { END_STEPS } from '../domain/lifecycle-message.js';
import { outsideTypeFault } from '../domain/outside-event.js';
import { messageOf } from '../domain/thrown.js';
import { BoundedTimetable } from './bounded-timetable.js';
import { budgeted, BudgetedTimetable, MOST_STEPS } from './budgeted-timetable.js';
import { CheckedTimetable } from './checked-timetable.js';
import { eventFilter } from './event-filter.js';
import { MergedTimetable } from './merged-timetable.js';
import { RepeatedTimetable } from './repeated-timetable.js';
import { localReading, type LocalReading } from './local-reading.js';
import { withoutSkips } from './skipped-timetable.js';
import { TimetableFault } from './timetable-fault.js';
import { TriggerFault, type LeftOut, type PlannedRun, type Timetable, type TriggerContext } from './trigger-type.js';
import { TriggerTypes } from './trigger-types.js';
import { Zone } from './zone.js';

/** The seed of a previewed trigger, which has no task yet. */
const PREVIEW_SEED = 'preview';

const SUBJECT = 'To preview it';
/** All questions of a preview together; each of them has the budget of one, and others have their turn in between. */
const MOST_PREVIEW_STEPS = 100_000;

/** How far ahead a preview lists exclusions by calendars. */
const LEFT_OUT_MS = 366 * 86_400_000;

/** A coming occurrence, with the local times of the trigger's zone at its nominal instant and at its start. */
export interface PreviewedRun extends PlannedRun, Partial<LocalReading> {
  localDueAt?: string;
}

/** What a trigger does. */
export interface Preview {
  runs: PreviewedRun[];
  /** What calendars exclude before the last of the runs, for one year at most. */
  leftOut: LeftOut[];
  description: string;
}

/** What tells when a task is due. */
export type Timed = Pick<Task, 'id' | 'definition' | 'createdAt' | 'since' | 'unreadable' | 'skips' | 'repeats'>;

/** A trigger that an event matches, and its place among the triggers of its task. */
export interface MatchedTrigger {
  trigger: EventTrigger;
  index: number;
}

/** The most characters that tell of a trigger in words. */
const MOST_WORDS = 1000;

/** Tells from their triggers when tasks are due. */
@Injectable()
export class TriggerResolver {
  constructor(private readonly types = new TriggerTypes()) {}

  /** Whether this instance knows the task's trigger types; a host application may not have registered all of them. */
  knows(task: Pick<Task, 'definition'>): boolean {
    return task.definition.triggers.every(({ type }) => this.types.knows(type));
  }

  /** All types that this instance knows. */
  typeNames(): string[] {
    return this.types.names();
  }

  /** The trigger in words; its type where this instance does not know that, or cannot read the trigger. */
  describe(trigger: Trigger): string {
    if (!this.types.knows(trigger.type)) return trigger.type;
    try {
      return String(this.types.of(trigger).describe(trigger)).slice(0, MOST_WORDS);
    } catch {
      // A list of tasks must not fail by one record, nor by a type of a host application.
      return trigger.type;
    }
  }

  /** The types that the host application has registered. */
  customTypes(): string[] {
    return this.types.custom();
  }

  /** @throws UnknownTriggerTypeError when a trigger's type is not registered on this instance */
  demandTypes(task: Pick<Task, 'definition'>): void {
    for (const trigger of task.definition.triggers) this.types.of(trigger);
  }

  /**
   * The task's first occurrence after `after` (epoch ms), or null when there is none. Instants before the task's
   * `since` count only for a `once` trigger, which names them.
   */
  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }

  /** The task's occurrences by time. Instants that several triggers share are one occurrence. */
  timetableOf(task: Timed): Timetable {
    return withoutSkips(this.unskipped(task), task.skips);
  }

  /** As `timetableOf`, with the occurrences that somebody has skipped. */
  unskipped(task: Timed): Timetable {
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

  /** Merges several triggers into one timetable; instants that coincide are one occurrence. */
  resolveTriggerConflicts(
    triggers: readonly Trigger[],
    task: Pick<Task, 'id' | 'createdAt' | 'since' | 'repeats'>,
  ): Timetable {
    const context = { createdAt: task.createdAt, seed: task.id };
    const tables = triggers.flatMap((trigger) => {
      const table = this.timetable(trigger, context);
      return table ? [memberOf(trigger, table, task)] : [];
    });
    return new MergedTimetable(tables);
  }

  /**
   * The tasks that the event starts: active tasks with a trigger for the event's type and a matching filter. A task
   * whose filter fails is left out and reported to `failed`.
   */
  evaluateEventTriggers(
    event: ReceivedEvent,
    tasks: readonly Task[],
    failed: (task: Task, error: unknown) => void = () => undefined,
  ): Task[] {
    return tasks.filter((task) => {
      try {
        return task.state === 'active' && this.matchingTriggers(event, task).length > 0;
      } catch (error) {
        failed(task, error);
        return false;
      }
    });
  }

  /**
   * The triggers of the task that wait for events of this type and whose filter it matches, with their places, whatever the
   * state of the task. @throws TooCostlyError
   */
  matchingTriggers(
    event: ReceivedEvent,
    { definition }: { definition: Pick<Task['definition'], 'triggers'> },
  ): MatchedTrigger[] {
    return definition.triggers.flatMap((trigger, index) =>
      isEventTrigger(trigger) && isAwaitedBy(trigger, event) ? [{ trigger, index }] : [],
    );
  }

  /**
   * Checks triggers as sent, each by its type. Returns the triggers as they will be stored, or the faults with pointers
   * into the list. `createdAt` (epoch ms) is the task's.
   */
  check(inputs: readonly unknown[], createdAt: number): { triggers: Trigger[]; faults: Fault[] } {
    // The budget of the task's own timetable, which is made from all of its triggers.
    const results = withBudget(MOST_STEPS, 'To check it', () => inputs.map((input) => this.checkOne(input, createdAt)));
    return {
      triggers: results.flatMap((result) => ('trigger' in result ? [result.trigger] : [])),
      faults: results.flatMap((result, index) =>
        'faults' in result ? result.faults.map((fault) => ({ ...fault, pointer: `/${index}${fault.pointer}` })) : [],
      ),
    };
  }

  /**
   * The first `count` instants of a trigger after `from` (epoch ms), and its description. `within` applies calendars to
   * its timetable.
   * @throws InvalidInputError
   */
  preview(input: unknown, from: number, count: number, within = (table: Timetable): Timetable => table): Preview {
    const parts = this.previewing(input, from, count, within);
    for (;;) {
      const { done, value } = parts.next();
      if (done) return value;
    }
  }

  /** As `preview`, for whoever gives way to others between the parts of the work. @throws InvalidInputError */
  *previewing(
    input: unknown,
    from: number,
    count: number,
    within: (table: Timetable) => Timetable,
  ): Generator<void, Preview> {
    const steps = new Allowance(MOST_PREVIEW_STEPS, SUBJECT);
    try {
      const part = <Answer>(work: () => Answer) => steps.use(() => withBudget(MOST_STEPS, SUBJECT, work));
      const { trigger, table } = part(() => this.previewed(input, from, within));
      yield;
      const runs: PlannedRun[] = [];
      for (let after = from; table && runs.length < count; yield) {
        const next = part(() => nextChecked(table, after));
        if (!next) break;
        runs.push(next);
        after = next.at;
      }
      const type = this.types.of(trigger);
      const zone = type.timeZone && Zone.of(type.timeZone(trigger));
      const shown = zone ? runs.map((run) => withLocalTimes(run, zone)) : runs;
      yield;
      const until = Math.min(runs.at(-1)?.at ?? Infinity, from + LEFT_OUT_MS);
      const leftOut = part(() => table?.leftOut?.(from, until) ?? []);
      yield;
      return { runs: shown, leftOut, description: type.describe(trigger) };
    } catch (error) {
      if (!(error instanceof TooCostlyError)) throw error;
      throw new InvalidInputError([{ pointer: '', detail: `${error.message} Ask for fewer occurrences.` }]);
    }
  }

  private previewed(
    input: unknown,
    from: number,
    within: (table: Timetable) => Timetable,
  ): { trigger: Trigger; table: Timetable | null } {
    const result = this.checkOne(input, from);
    if ('faults' in result) throw new InvalidInputError(result.faults);
    const own = this.timetable(result.trigger, { createdAt: from, seed: PREVIEW_SEED });
    return { trigger: result.trigger, table: own && within(own) };
  }

  private checkOne(input: unknown, createdAt: number): { trigger: Trigger } | { faults: Fault[] } {
    const result = this.types.check(input);
    if ('faults' in result) return result;
    const reserved = reservedFaults(result.trigger);
    if (reserved.length > 0) return { faults: reserved };
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

/** The instants of a trigger that count. What comes again since the clock was set back are short intervals alone. */
function memberOf(trigger: Trigger, table: Timetable, { since, repeats }: Pick<Task, 'since' | 'repeats'>) {
  if (trigger.type === 'once') {
    const hadItsTurn = repeats && since !== Number.NEGATIVE_INFINITY && since <= repeats.after;
    return { table, from: hadItsTurn ? repeats.until : Number.NEGATIVE_INFINITY };
  }
  if (!repeats || since === Number.NEGATIVE_INFINITY) return { table, from: since };
  const comesAgain = isRepeated(trigger, repeats.until - repeats.after, repeats.byMs);
  return comesAgain
    ? { table: new RepeatedTimetable(table, repeats), from: since }
    : { table, from: since <= repeats.until ? repeats.until : since };
}

/** Whether the trigger is an interval that would be silent for longer than itself when the clock is set back by `stepMs`. */
export const isRepeated = (trigger: Trigger, stepMs: number, byMs: number): boolean =>
  trigger.type === 'interval' && trigger.everyMs > byMs && trigger.everyMs <= stepMs;

/** Whether any question to these triggers takes at most some tens of microseconds, whatever they hold. */
const isCheap = (triggers: readonly Trigger[]): boolean =>
  triggers.filter(({ type }) => !CHEAP.has(type)).length === 0 && triggers.filter(isTimed).length <= 1;

const CHEAP: ReadonlySet<string> = new Set(['cron', 'interval', 'once', 'event', 'manual']);
const isTimed = ({ type }: Trigger): boolean => type !== 'event' && type !== 'manual';

/** Of the events of the engine, a trigger can wait for the ends of runs only. */
function reservedFaults(trigger: Trigger): Fault[] {
  const own = awaitedBy(trigger).filter(({ event }) => outsideTypeFault(event) !== null && !isEnd(event));
  if (own.length === 0) return [];
  const detail = `must not be "${own[0]!.event}": of the engine's own events, tasks wait for the ends of runs only, which are ${END_STEPS.join(', ')}`;
  return [{ pointer: 'event' in trigger ? '/event' : '', detail }];
}

const isAwaitedBy = (trigger: EventTrigger, event: ReceivedEvent): boolean =>
  awaitedBy(trigger).some(
    ({ event: type, filter }) => type === event.type && (filter === undefined || eventFilter(filter)(event)),
  );

/** Calls code of the host application. A TriggerFault passes unchanged. @throws TimetableFault for all other errors */
function ofHost<Answer>(type: string, ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof TriggerFault) throw error;
    throw new TimetableFault(`The trigger type ${JSON.stringify(type)}: timetable() threw: ${messageOf(error, 500)}`);
  }
}

/** The next instant of a trigger that somebody asks about. @throws InvalidInputError when its timetable fails */
function nextChecked(table: Timetable, after: number): PlannedRun | null {
  try {
    return table.next(after);
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
