import { EARLIEST, LATEST } from '../domain/instants.js';
import { messageOf } from '../domain/thrown.js';
import { TimetableFault } from './timetable-fault.js';
import type { LeftOut, PlannedRun, Starts, Timetable } from './trigger-type.js';

const LONGEST_MESSAGE = 500;

/**
 * Checks each answer of a timetable that other code supplies before anything is built on the answer. A timetable that
 * throws, stands still, goes the wrong way, or returns a promise or something else than an instant causes a
 * `TimetableFault`.
 */
export class CheckedTimetable implements Timetable {
  readonly starts?: Starts;
  readonly leftOut?: (after: number, until: number) => LeftOut[];

  /** `type` is the name of the trigger type. @throws TimetableFault when `table` is not a timetable */
  constructor(
    private readonly table: Timetable,
    private readonly type: string,
  ) {
    const isTable = (['next', 'previous', 'count'] as const).every((name) => typeof table[name] === 'function');
    if (!isTable) throw this.fault('gives something that is not a timetable');
    if (table.starts) this.starts = table.starts;
    if (table.leftOut) this.leftOut = (after, until) => this.ask('leftOut', () => table.leftOut!(after, until));
  }

  next(after: number): PlannedRun | null {
    const planned = this.planned('next', () => this.table.next(after));
    if (planned && planned.at <= after) throw this.fault(`next() gave ${planned.at}, which is not after ${after}`);
    return planned;
  }

  previous(before: number): PlannedRun | null {
    const planned = this.planned('previous', () => this.table.previous(before));
    if (planned && planned.at >= before) throw this.fault(`previous() gave ${planned.at}, not before ${before}`);
    return planned;
  }

  count(after: number, until: number): number {
    const count = this.ask('count', () => this.table.count(after, until));
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw this.fault(`count() gave ${wordFor(count)}, which is not a number of occurrences`);
  }

  private planned(name: 'next' | 'previous', ask: () => PlannedRun | null): PlannedRun | null {
    const planned = this.ask(name, ask) as PlannedRun | null | undefined;
    if (planned === null) return null;
    const at: unknown = typeof planned === 'object' ? planned.at : undefined;
    if (Number.isSafeInteger(at) && (at as number) >= EARLIEST && (at as number) <= LATEST) return planned!;
    const what = at === undefined ? wordFor(planned) : `at: ${wordFor(at)}`;
    throw this.fault(`${name}() gave ${what}, which is neither null nor an instant in whole milliseconds`);
  }

  private ask<Answer>(name: string, ask: () => Answer): Answer {
    try {
      return ask();
    } catch (error) {
      throw this.fault(`${name}() threw: ${messageOf(error, LONGEST_MESSAGE)}`);
    }
  }

  private fault(what: string): TimetableFault {
    return new TimetableFault(`The trigger type ${JSON.stringify(this.type)}: ${what}`);
  }
}

function wordFor(value: unknown): string {
  if (value instanceof Promise) return 'a promise';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
