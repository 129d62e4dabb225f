import { Injectable } from '@nestjs/common';
import type { Attempt, AttemptOutcome as Outcome, Run, RunError, RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { RetryPolicyManager, type Failure } from '../retry/retry-policy-manager.js';
import type { AttemptAbort, AttemptEnd } from './attempt-end.js';
import { deadlineOf } from './deadlines.js';
import { missOf } from './late-run.js';
import { ScheduleStatusEvaluator, type RunIncident } from './schedule-status-evaluator.js';
import { isDueWithClaim } from './start-limit.js';

/** After how many instances have died while running it a run ends, unless its task says otherwise. */
const MOST_CRASHES = 5;
/** By how much the clocks of instances may differ (ms): its owner may have begun a run that is not due yet by ours. */
const CLOCK_SKEW_MS = 1000;

/** The members of a run that progress. */
export const progressOf = (run: Run): RunProgress => ({
  state: run.state,
  dueAt: run.dueAt,
  owner: run.owner,
  putOff: run.putOff,
  attempt: run.attempt,
  attempts: run.attempts,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  latenessMs: run.latenessMs,
  output: run.output,
  reason: run.reason,
});

/**
 * Whether the owner of a run that is not written as finished may have started its next attempt by `now` (epoch ms). Of what
 * was claimed ahead only what is due by the owner's `startLimit` may; where none is known, what is due.
 */
export function mayHaveStarted(run: Run, now: number, startLimit = now + CLOCK_SKEW_MS): boolean {
  if (run.owner === null || run.attempt === 0) return false;
  return run.state === 'running' || (!run.putOff && (run.dueAt <= startLimit || isDueWithClaim(run)));
}

/** Says what becomes of a run, without touching anything. All instants are epoch milliseconds. */
@Injectable()
export class AttemptOutcome {
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
    if (end.kind === 'failed') return this.afterFailure(run, task, 'failed', end.failure, startedAt, now);
    return this.afterAbort(run, task, end.abort, startedAt, now);
  }

  /** A run that ends without (another) attempt: cancelled, skipped, or failed for a reason of its own. */
  closed(run: Run, incident: RunIncident, reason: string | null, now: number): RunProgress {
    const state = this.status.runAfter(run.state, incident);
    return { ...progressOf(run), state, finishedAt: now, reason };
  }

  /** A run that its instance gives back unfinished, for any other to take up at once. */
  givenBack(run: Run, now: number): RunProgress {
    return {
      ...progressOf(run),
      state: this.status.runAfter(run.state, 'give-back'),
      owner: null,
      putOff: false,
      // What never started stays due when it was: its lateness and its start deadline count from then.
      dueAt: run.startedAt === null ? run.dueAt : Math.max(run.dueAt, now),
    };
  }

  /** A run in the hands of a new owner that goes on waiting for the call-back of the same attempt. */
  keptWaiting(run: Run, owner: string): RunProgress {
    return { ...progressOf(run), owner };
  }

  /**
   * A run in the hands of a new owner, because its former one died, or gave it back. An attempt that may have started is
   * recorded as lost, and the next one has a new number, so that nothing the former owner still does can be taken for it.
   * What has not started is what it was: it has its first attempt before it, unless it is too late for that. `startLimit`
   * is the former owner's, if one is known.
   */
  takenOver(run: Run, task: Task, owner: string, now: number, startLimit?: number): RunProgress {
    // Its instance knew what it stood beside; this one does not, so that even a retry has to look around before it starts.
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

  /** A run whose attempt failed or timed out: to be tried again, or at its end. */
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
    const error = { code: abort.kind === 'time-out' ? 'timeout' : abort.kind, message: abort.message };
    if (abort.kind === 'time-out') return this.afterFailure(run, task, 'timed_out', { error }, startedAt, now);
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
    outcome: Outcome,
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

/** When the attempt that is written as running began, or the earliest that it can have; null when none is (epoch ms). */
function begunAt({ state, startedAt, dueAt, attempts }: Run): number | null {
  if (state !== 'running') return null;
  if (attempts.every((attempt) => attempt.startedAt === null)) return startedAt;
  return Math.max(dueAt, attempts.at(-1)!.finishedAt);
}
