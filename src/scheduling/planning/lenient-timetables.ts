import { StoreUnavailableError } from '../../domain/errors.js';
import type { Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import type { LeftOut, PlannedRun, Timetable } from '../../triggers/trigger-type.js';

/**
 * The timetables of a task that is being changed, paused or deleted. They work even if the task's triggers fail: from
 * the first failure on, the only known occurrence is the one that is stored as its next.
 */
export class LenientTimetables implements TaskTimetables {
  private readonly known: Timetable;

  constructor(
    private readonly timetables: TaskTimetables,
    { next }: Pick<Task, 'next'>,
  ) {
    this.known = new SingleTimetable(next?.scheduledFor);
  }

  timetableOf(task: Task): Timetable {
    return attempt(
      () => new LenientTimetable(this.timetables.timetableOf(task), this.known),
      () => this.known,
    );
  }

  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }
}

/** One timetable, replaced by another from its first failure on. */
class LenientTimetable implements Timetable {
  readonly starts?: NonNullable<Timetable['starts']>;
  readonly leftOut?: (after: number, until: number) => LeftOut[];
  readonly skipped?: (after: number, until: number) => Skip[];

  constructor(
    private table: Timetable,
    private readonly known: Timetable,
  ) {
    const { starts } = table;
    if (starts) {
      this.starts = {
        of: (at) =>
          attempt(
            () => starts.of(at),
            () => at,
          ),
        lastBefore: (instant) =>
          attempt(
            () => starts.lastBefore(instant),
            () => known.previous(instant),
          ),
      };
    }
    if (table.leftOut)
      this.leftOut = (after, until) =>
        attempt(
          () => table.leftOut!(after, until),
          () => [],
        );
    if (table.skipped)
      this.skipped = (after, until) =>
        attempt(
          () => table.skipped!(after, until),
          () => [],
        );
  }

  next(after: number): PlannedRun | null {
    return this.ask((table) => table.next(after));
  }

  previous(before: number): PlannedRun | null {
    return this.ask((table) => table.previous(before));
  }

  count(after: number, until: number): number {
    return this.ask((table) => table.count(after, until));
  }

  private ask<Answer>(question: (table: Timetable) => Answer): Answer {
    return attempt(
      () => question(this.table),
      () => question((this.table = this.known)),
    );
  }
}

/** A single occurrence, or none. */
class SingleTimetable implements Timetable {
  constructor(private readonly at: number | undefined) {}

  next(after: number): PlannedRun | null {
    return this.at !== undefined && this.at > after ? { at: this.at } : null;
  }

  previous(before: number): PlannedRun | null {
    return this.at !== undefined && this.at < before ? { at: this.at } : null;
  }

  count(after: number, until: number): number {
    return this.at !== undefined && this.at > after && this.at <= until ? 1 : 0;
  }
}

function attempt<Answer>(work: () => Answer, otherwise: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    return otherwise();
  }
}
