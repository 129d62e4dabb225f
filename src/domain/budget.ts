import { TaskRunnerError } from './errors.js';

/** Something would take more steps than one computation may take; it is not done. */
export class TooCostlyError extends TaskRunnerError {
  readonly code = 'too-costly';

  constructor(subject: string) {
    super(`${subject} takes more steps than one computation may take.`);
  }
}

interface Purse {
  left: number;
  subject: string;
}

/** What the computation under way may still spend; null outside of any. Computations do not wait, so that there is one. */
let purse: Purse | null = null;

/**
 * Lets a computation take so many steps, of which those that it takes again and again count themselves by `spend`. Within
 * another one it takes from what that one has left. `subject` begins the sentence of the error.
 * @throws TooCostlyError when it has spent them all
 */
export function withBudget<Result>(steps: number, subject: string, compute: () => Result): Result {
  const outer = purse;
  const own = { left: Math.min(steps, outer?.left ?? steps), subject };
  const given = own.left;
  purse = own;
  try {
    return compute();
  } finally {
    purse = outer;
    if (outer) outer.left -= given - own.left;
  }
}

/** Counts steps, each of some tenths of a microsecond, of the computation under way. @throws TooCostlyError */
export function spend(steps = 1): void {
  if (purse && (purse.left -= steps) < 0) throw new TooCostlyError(purse.subject);
}
