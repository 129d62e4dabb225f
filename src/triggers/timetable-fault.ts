import { StateConflictError, TaskRunnerError } from '../domain/errors.js';
import { messageOf } from '../domain/thrown.js';
import { TriggerFault } from './trigger-type.js';

/** A timetable broke its contract: nobody can tell when its task is due. */
export class TimetableFault extends StateConflictError {}

/** Says why a computation for a task failed; for a trigger, also which member is wrong. */
export const faultIn = (error: unknown, mostBytes: number): string =>
  `${error instanceof TriggerFault ? `${error.pointer.slice(1)} ` : ''}${messageOf(error, mostBytes)}`;

/**
 * Computes something from timetables. Errors of the runner's own pass unchanged.
 * @throws TimetableFault for all others
 */
export function workedOut<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof TaskRunnerError) throw error;
    throw new TimetableFault(`Its occurrences cannot be told: ${faultIn(error, 500)}`);
  }
}
