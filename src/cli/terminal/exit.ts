/** The exit codes of the command line (docs/cli.md). */
export const EXIT = {
  done: 0,
  /** It was not done; or the answer is no. */
  failed: 1,
  wrongCall: 2,
  /** Some of it was not done. */
  leftOut: 3,
  /** The token is not accepted, or lacks the role. */
  forbidden: 4,
  /** The service or the store does not answer. */
  away: 5,
} as const;

/** What `diff` ends with, as other programs of the name do. */
export const DIFF_EXIT = { same: 0, different: 1, fault: 2 } as const;

/** The command was called in a wrong way. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command ends with a code of its own, after this sentence. */
export class FailedError extends Error {
  override readonly name = 'FailedError';

  constructor(
    message: string,
    readonly code: number = EXIT.failed,
  ) {
    super(message);
  }
}
