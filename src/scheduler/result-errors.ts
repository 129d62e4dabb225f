import { TaskRunnerError } from '../domain/errors.js';
import type { Run, RunError } from '../domain/run.js';

/** A run ended without success; `run` is the run as it ended. */
export abstract class RunNotSucceededError extends TaskRunnerError {
  constructor(
    readonly run: Run,
    what: string,
  ) {
    super(`The run ${run.id} ${what}${run.reason === null ? '' : `: ${run.reason}`}.`);
  }
}

/** The run failed or timed out, and no attempt follows. */
export class RunFailedError extends RunNotSucceededError {
  readonly code = 'run-failed';
  /** Why its last attempt failed; null when that is not known, as where its instance died. */
  readonly error: RunError | null;

  constructor(run: Run) {
    super(run, run.state === 'timed_out' ? 'timed out' : 'failed');
    this.error = run.attempts.at(-1)?.error ?? null;
  }
}

/** Somebody cancelled the run. */
export class RunCancelledError extends RunNotSucceededError {
  readonly code = 'run-cancelled';

  constructor(run: Run) {
    super(run, 'was cancelled');
  }
}

/** The run was skipped or missed: it made no attempt, or none that counts. */
export class RunSkippedError extends RunNotSucceededError {
  readonly code = 'run-skipped';

  constructor(run: Run) {
    super(run, `was ${run.state}`);
  }
}

/** The run has not ended in the time that the caller would wait; it goes on. */
export class ResultTimeoutError extends TaskRunnerError {
  readonly code = 'result-timeout';

  constructor(
    readonly runId: string,
    readonly timeoutMs: number,
  ) {
    super(`The run ${runId} has not ended within ${timeoutMs} ms; it goes on.`);
  }
}

/** The application closes before the run has ended; the run goes on, on another instance if need be. */
export class ResultAbandonedError extends TaskRunnerError {
  readonly code = 'result-abandoned';

  constructor(readonly runId: string) {
    super(`The application closes before the run ${runId} has ended; the run goes on.`);
  }
}

/** The run itself if it succeeded. @throws RunFailedError, RunCancelledError, RunSkippedError */
export function succeeded(run: Run): Run {
  switch (run.state) {
    case 'succeeded':
      return run;
    case 'failed':
    case 'timed_out':
      throw new RunFailedError(run);
    case 'cancelled':
      throw new RunCancelledError(run);
    case 'skipped':
    case 'missed':
      throw new RunSkippedError(run);
    case 'pending':
    case 'running':
    case 'retrying':
      throw new Error(`The run ${run.id} has not ended: it is ${run.state}.`);
  }
}
