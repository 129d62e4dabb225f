import { begunAt } from '../../domain/begun-at.js';
import type { Attempt, AttemptOutcome, Run, RunError, RunProgress } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { RetryPolicyManager, type Failure } from '../../retry/retry-policy-manager.js';
import { errorOf, type AttemptAbort, type AttemptEnd } from './attempt-end.js';
import { deadlineOf } from './deadlines.js';
import { missOf } from './late-run.js';
import { progressOf } from './run-progress.js';
import { ScheduleStatusEvaluator, type RunIncident } from './schedule-status-evaluator.js';

/** A run ends after this many instances have died while running it, unless its task says otherwise. */
const MOST_CRASHES = 5;
/** How far the clocks of instances may differ (ms): the owner may have begun a run that is not due yet by our clock. */
const CLOCK_SKEW_MS = 1000;

/** The claim of a run announces it, if the run was claimed no longer than this before it was due (ms). */
const BY_CLAIM_MS = 200;

/** Whether the claim of a run itself says that it may begin at once. */
export const isDueWithClaim = ({ dueAt, createdAt }: Pick<Run, 'dueAt' | 'createdAt'>): boolean =>
  dueAt <= createdAt + BY_CLAIM_MS;

/**
 * Whether the owner of a run that is not written as finished may have started its next attempt by `now` (epoch ms). Of
 * runs claimed ahead, only those due by the owner's `startLimit` may have started; if that is unknown, those that are
 * due.
 */
export function mayHaveStarted(run: Run, now: number, startLimit = now + CLOCK_SKEW_MS): boolean {
  if (run.owner === null || run.attempt === 0) return false;
  return run.state === 'running' || (!run.putOff && (run.dueAt <= startLimit || isDueWithClaim(run)));
}

/** Computes what becomes of a run, and changes nothing. All instants are epoch milliseconds. */
export class ProgressPlanner {
  constructor(
    private readonly retry: RetryPolicyManager,
    private readonly status: ScheduleStatusEvaluator,
  ) {}

  /** The run after its attempt, which began at `startedAt`, has ended. */
  after(run: Run, task: Task, end: AttemptEnd, startedAt: number, now: number): RunProgress {
    if (end.kind === 'succeeded') {
      return {
        ...this.closed(run, 'succeed', null, now),
        ...this.record(run, 'succeeded', startedAt, now),
        output: end.output,
      };
    }
    if (end.kind === 'failed') {
      const output = end.output ?? null;
      return { ...this.afterFailure(run, task, 'failed', end.failure, startedAt, now), output };
    }
    if (end.kind === 'skipped') {
      return { ...this.closed(run, 'skip', end.reason, now), ...this.record(run, 'skipped', startedAt, now) };
    }
    return this.afterAbort(run, task, end.abort, startedAt, now);
  }

  /** A run that ends without (another) attempt: cancelled, skipped, or failed for a reason of its own. */
  closed(run: Run, incident: RunIncident, reason: string | null, now: number): RunProgress {
    const state = this.status.runAfter(run.state, incident);
    return { ...progressOf(run), state, finishedAt: now, reason };
  }

  /** The end of a run whose record cannot be read: nobody knows what it was to do. */
  unreadable(run: Run, now: number): RunProgress {
    return { ...progressOf(run), state: 'failed', owner: null, finishedAt: now, reason: run.unreadable ?? null };
  }

  /** A run that its instance gives back unfinished, for any instance to take up at once. */
  givenBack(run: Run, now: number): RunProgress {
    return {
      ...progressOf(run),
      state: this.status.runAfter(run.state, 'give-back'),
      owner: null,
      putOff: false,
      // A run that never started keeps its due instant: its lateness and its start deadline count from there.
      dueAt: run.startedAt === null ? run.dueAt : Math.max(run.dueAt, now),
    };
  }

  /** A run with a new owner, or none, that continues to wait for the call-back of the same attempt. */
  keptWaiting(run: Run, owner: string | null): RunProgress {
    return { ...progressOf(run), owner };
  }

  /**
   * A run with a new owner, because the former one died or gave it back. An attempt that may have started is recorded
   * as lost; the next one has a new number, so that nothing the former owner still does can count for it. A run that
   * has not started is as it was, with its first attempt to come, unless it is too late for that. `startLimit` is the
   * former owner's, if one is known.
   */
  takenOver(run: Run, task: Task, owner: string, now: number, startLimit?: number): RunProgress {
    // The former instance knew the runs beside this one; this instance does not, so even a retry has to check before it
    // starts.
    const fresh = {
      ...progressOf(run),
      state: 'pending' as const,
      owner,
      putOff: false,
      attempt: Math.max(run.attempt, 1),
    };
    if (!mayHaveStarted(run, now, startLimit)) {
      const missed = missOf(run, task, now);
      return missed === null ? fresh : { ...this.closed(run, 'miss', missed, now), owner, putOff: false };
    }
    const lost = this.record(run, 'lost', begunAt(run), now, {
      code: 'instance-lost',
      message: `The instance ${run.owner} died or lost its lock.`,
    });
    const losses = lost.attempts.filter(({ error }) => error?.code === 'instance-lost').length;
    const tooOften = losses >= (task.definition.maxCrashes ?? MOST_CRASHES);
    if (task.definition.onCrash === 'fail' || tooOften) {
      const reason = tooOften
        ? 'Too many instances died while running it.'
        : 'Its instance died, and onCrash is "fail".';
      return { ...this.closed(run, 'fail', reason, now), ...lost, putOff: false };
    }
    return { ...fresh, ...lost, attempt: run.attempt + 1 };
  }

  /** A run whose attempt failed or timed out: it is tried again, or has ended. */
  afterFailure(
    run: Run,
    task: Task,
    outcome: 'failed' | 'timed_out',
    failure: Failure,
    startedAt: number,
    now: number,
  ): RunProgress {
    const recorded = { ...progressOf(run), ...this.record(run, outcome, startedAt, now, failure.error) };
    const failures = recorded.attempts.filter((attempt) => attempt.outcome !== 'lost').length;
    const again = this.retry.updateRetrySchedule(recorded, task.definition.retry, failures, failure, now);
    if (again && again.dueAt >= deadlineOf(run, task)) return this.pastDeadline(recorded, task, failure, now);
    if (again) return { ...again, state: this.status.runAfter(run.state, 'retry'), putOff: true };
    const incident = outcome === 'timed_out' ? 'time-out' : 'fail';
    return { ...this.closed(run, incident, failure.error.message, now), attempts: recorded.attempts };
  }

  /** A run whose next attempt would start past its deadline. */
  private pastDeadline(run: RunProgress, task: Task, { error }: Failure, now: number): RunProgress {
    const reason = `deadlineMs: no further attempt could start within ${task.definition.deadlineMs} ms of the first one; the last one ended with: ${error.message}`;
    return { ...run, state: this.status.runAfter(run.state, 'time-out'), finishedAt: now, reason };
  }

  private afterAbort(run: Run, task: Task, abort: AttemptAbort, startedAt: number, now: number): RunProgress {
    if (abort.kind === 'hand-over') return this.keptWaiting(run, null);
    const error = errorOf(abort);
    if (abort.kind === 'time-out' || abort.kind === 'heartbeat')
      return this.afterFailure(run, task, 'timed_out', { error }, startedAt, now);
    if (abort.kind === 'deadline') {
      return {
        ...this.closed(run, 'time-out', abort.message, now),
        ...this.record(run, 'timed_out', startedAt, now, error),
      };
    }
    if (abort.kind === 'cancel') {
      return {
        ...this.closed(run, 'cancel', abort.message, now),
        ...this.record(run, 'cancelled', startedAt, now, error),
      };
    }
    const lost = this.record(run, 'lost', startedAt, now, error);
    return { ...this.givenBack(run, now), ...lost, attempt: run.attempt + 1 };
  }

  private record(
    run: Run,
    outcome: AttemptOutcome,
    startedAt: number | null,
    finishedAt: number,
    error?: RunError,
  ): Pick<RunProgress, 'attempts'> {
    const attempt: Attempt = {
      number: run.attempt,
      instance: run.owner ?? '',
      startedAt,
      finishedAt,
      outcome,
      ...(error && { error }),
    };
    return { attempts: [...run.attempts, attempt] };
  }
}
