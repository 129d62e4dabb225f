import { TaskRunnerError } from './errors.js';

/** A computation would take more steps than allowed; it was stopped. */
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

/** Steps for a computation that goes on in parts, between which others have their turn. */
export class Allowance {
  /** `subject` begins the sentence of the error. The steps are also taken from the `whole` that they are a part of. */
  constructor(
    private left: number,
    private readonly subject: string,
    private readonly whole?: Allowance,
  ) {}

  /** Computes the next part. @throws TooCostlyError when all parts together have spent the steps */
  use<Result>(compute: () => Result): Result {
    const outer = purse;
    const most = Math.min(this.left, this.whole?.left ?? Number.POSITIVE_INFINITY);
    const own = { left: most, subject: this.subject };
    purse = own;
    try {
      return compute();
    } finally {
      purse = outer;
      this.left -= most - own.left;
      if (this.whole) this.whole.left -= most - own.left;
    }
  }
}

/**
 * The budget of the current computation; null outside of any. Computations do not wait, so there is only one at a time.
 */
let purse: Purse | null = null;

/**
 * Runs a computation with a budget of steps; its loops count their steps with `spend`. A nested computation also draws
 * on the budget of the outer one. `subject` begins the sentence of the error.
 * @throws TooCostlyError when the budget is used up
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

/** Counts steps of the current computation, each some tenths of a microsecond. @throws TooCostlyError */
export function spend(steps = 1): void {
  if (purse && (purse.left -= steps) < 0) throw new TooCostlyError(purse.subject);
}
