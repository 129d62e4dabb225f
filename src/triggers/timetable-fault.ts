import { StateConflictError, TaskRunnerError } from '../domain/errors.js';
import { messageOf } from '../domain/thrown.js';
import { TriggerFault } from './trigger-type.js';

/** A timetable did not do what timetables do: nobody can tell when its task is due. */
export class TimetableFault extends StateConflictError {}

/** Why something of a task cannot be worked out, in words: of a trigger also which member of it is wrong. */
export const faultIn = (error: unknown, mostBytes: number): string =>
  `${error instanceof TriggerFault ? `${error.pointer.slice(1)} ` : ''}${messageOf(error, mostBytes)}`;

/** Works something out from timetables. @throws TimetableFault for whatever they throw, unless it is an error of ours */
export function workedOut<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof TaskRunnerError) throw error;
    throw new TimetableFault(`Its occurrences cannot be told: ${faultIn(error, 500)}`);
  }
}
